//! The operator's own words for the messages of a target: read, and tried with examples.

use super::Checker;
use crate::config::load;
use crate::config::raw::{RawTarget, RawTemplate};
use crate::delivery::{Part, template_faults};
use crate::model::target::{TargetKind, Wording};

/// The greatest size of a template in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// Faults of one template that are told.
const MAX_FAULTS: usize = 5;

impl Checker<'_> {
    /// The templates of a target; of one whose kind is not known, nothing is tried.
    pub(super) fn wording(&mut self, raw: &RawTarget, kind: Option<TargetKind>) -> Wording {
        if let (Some(template), Some(kind)) = (&raw.subject_template, kind)
            && !kind.has_subject()
        {
            let message = format!("messages of the kind `{}` have no subject", kind.name());
            let of: Vec<&str> =
                TargetKind::ALL.into_iter().filter(|kind| kind.has_subject()).map(TargetKind::name).collect();
            let fault = self.findings.fault(template.span.clone(), message);
            fault.hint(format!("those of {} have", of.join(", ")));
            return Wording::default();
        }
        let mut text = |raw: &Option<RawTemplate>, part| {
            let raw = raw.as_ref()?;
            self.template(raw, part, kind)
        };
        Wording {
            article: text(&raw.template, Part::Article),
            summary: text(&raw.summary_template, Part::Summary),
            health: text(&raw.health_template, Part::Health),
            subject: text(&raw.subject_template, Part::Subject),
        }
    }

    /// The text of a template, once all that is wrong with it is told.
    fn template(&mut self, raw: &RawTemplate, part: Part, kind: Option<TargetKind>) -> Option<String> {
        let key = part.key();
        let text = match raw.text.as_ref()? {
            Ok(text) => text.clone(),
            Err(file) => {
                let path = self.absolute(file.get_ref());
                match load::text_of(&path, MAX_BYTES) {
                    Ok(text) => text,
                    Err(why) => {
                        let message = format!("`{key}`: {} {why}", path.display());
                        let fault = self.findings.fault(file.span(), message);
                        fault.hint("paths are against the working directory; `tidings check` shows it");
                        return None;
                    }
                }
            }
        };
        if text.len() > MAX_BYTES {
            let message = format!("`{key}` has {} bytes", text.len());
            self.findings.fault(raw.span.clone(), message).hint(format!("at most {MAX_BYTES}"));
            return None;
        }
        if text.trim().is_empty() {
            let fault = self.findings.fault(raw.span.clone(), format!("`{key}` is empty"));
            fault.hint("leave the key out, and messages say the usual");
            return None;
        }
        for found in template_faults(kind?, part, &text).into_iter().take(MAX_FAULTS) {
            let fault = self.findings.fault(raw.span.clone(), found.to_string());
            if let Some(hint) = found.hint {
                fault.hint(hint);
            }
        }
        Some(text)
    }
}
