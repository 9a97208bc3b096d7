//! Everything only Redis and Valkey know.
