//! What a database does: digests of events that can be merged, and what they say about tables and programs.
