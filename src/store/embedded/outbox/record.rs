//! What records say of deliveries.

use serde::{Deserialize, Serialize};

use crate::model::{ArticleId, Change, DeliveryId, Field, TargetId, Timestamp};

/// A message that a record owes to a target.
///
/// Its facts are those that the record leaves behind: the article's, or the health's. With more than one article or
/// change, or where an approved scan owes it, it is a summary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Owed {
    /// Its id.
    pub id: DeliveryId,
    /// Whom it is owed to.
    pub target: TargetId,
    /// The new articles it tells of, in the order in which they became news; none where it tells of health,
    /// or of another target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub articles: Vec<ArticleId>,
    /// What else it tells of, after those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeFact>,
}

/// Something that became of an article, as a target is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct ChangeFact {
    /// The article.
    pub article: ArticleId,
    /// What.
    pub what: Change,
    /// The fields that it is told of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// Several messages became one summary; they are deliveries of their own no longer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct BatchFact {
    /// The id of the summary.
    pub id: DeliveryId,
    /// Whom it is owed to.
    pub target: TargetId,
    /// The deliveries that it stands for from now on, in the order in which they came to be owed.
    pub deliveries: Vec<DeliveryId>,
}

/// Tries of deliveries ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct DeliveryFact {
    /// The tries.
    pub tries: Vec<TryFact>,
    /// The targets that are sent nothing more because of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disabled: Vec<DisabledFact>,
}

/// A target is sent nothing more: it said so, or nothing ever arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct DisabledFact {
    /// The target.
    pub target: TargetId,
    /// Why.
    pub reason: String,
    /// What is owed to others, who are told of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owes: Vec<Owed>,
}

/// A try ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct TryFact {
    /// The delivery.
    pub id: DeliveryId,
    /// The target it is owed to.
    pub target: TargetId,
    /// How it ended.
    pub end: EndFact,
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum EndFact {
    /// The receiver took it.
    Delivered,
    /// It failed.
    Failed {
        /// Why.
        reason: String,
        /// When it is tried again.
        next: Timestamp,
    },
    /// It is given up.
    Dead {
        /// Why.
        reason: String,
    },
    /// It is given up, and nothing is sent to its target any more.
    Disabled {
        /// Why.
        reason: String,
    },
}
