//! `tidings deliveries show`: one message, as its target gets it.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Row, Sending, by_id, row};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Output, plain};
use crate::cli::trial;
use crate::delivery;
use crate::model::target::TargetKind;

/// Shows one message. As JSON with the document that a generic target is sent of it, whatever its target's kind is.
pub(super) async fn show(desk: &Desk, prefix: &str, json: bool, output: &Output) -> Result<Exit, Failure> {
    let delivery = by_id(desk, prefix).await?;
    let bug = |error: serde_json::Error| Failure::new(Exit::Bug, error.to_string());
    let body = delivery::body(&delivery, &desk.app.config.site.base_url).map_err(bug)?;
    // Not as a value: what is shown is what is sent, in its order.
    let body: &RawValue = serde_json::from_slice(&body).map_err(bug)?;
    let sending = Sending::of(desk, std::slice::from_ref(&delivery)).await?;
    let row = row(&delivery, &sending);
    if json {
        #[derive(Serialize)]
        struct Shown<'a> {
            #[serde(flatten)]
            row: Row<'a>,
            body: &'a RawValue,
        }
        output.json(&Shown { row, body })?;
        return Ok(Exit::Done);
    }
    output.line(&plain(&row.subject))?;
    let line = |name: &str, value: &str| match value {
        "" => Ok(()),
        value => output.line(&plain(&format!("  {name:<10} {value}"))),
    };
    line("id", &row.id.to_string())?;
    line("target", row.target.as_str())?;
    line("state", row.state)?;
    line("owed since", &format!("{} (record {})", row.born, row.seq))?;
    line("changed", &row.changed.to_string())?;
    line("next try", &row.next.map(|next| next.to_string()).unwrap_or_default())?;
    line("tries", &row.tries.to_string())?;
    line("trouble", row.trouble)?;
    let spec = desk.app.config.targets.iter().find(|spec| spec.rule.id == delivery.target);
    let sent = match spec.filter(|spec| spec.kind() != TargetKind::Generic) {
        // Where its secrets cannot be had from here, the facts are shown alone.
        Some(spec) => trial::shown(desk, spec, &delivery).ok(),
        None => None,
    };
    output.line(if sent.is_some() { "  sent" } else { "  body" })?;
    let text = sent.unwrap_or_else(|| indented(body.get()));
    text.lines().try_for_each(|line| output.line(&format!("    {}", plain(line))))?;
    Ok(Exit::Done)
}

/// JSON without white space, in lines for people. Nothing changes its place, as it would on the way through a value.
fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    let mut signs = json.chars().peekable();
    while let Some(sign) = signs.next() {
        if in_text {
            in_text = escaped || sign != '"';
            escaped = !escaped && sign == '\\';
            out.push(sign);
            continue;
        }
        match sign {
            '{' | '[' => {
                out.push(sign);
                if signs.peek().is_some_and(|next| !matches!(next, '}' | ']')) {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                if !out.ends_with(['{', '[']) {
                    depth = depth.saturating_sub(1);
                    line(&mut out, depth);
                }
                out.push(sign);
            }
            ',' => {
                out.push(sign);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                in_text = sign == '"';
                out.push(sign);
            }
        }
    }
    out
}
