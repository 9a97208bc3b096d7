//! Renderers: one output format a file. They know no rule and decide nothing.
