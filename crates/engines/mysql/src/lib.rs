//! Everything only MySQL and MariaDB know.
