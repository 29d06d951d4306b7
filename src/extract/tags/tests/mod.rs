mod accuracy;
mod rules;
