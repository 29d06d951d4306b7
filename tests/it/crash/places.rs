//! Kills at every place that the source names.
