//! Who wrote a statement, by its style.

use serde::{Deserialize, Serialize};

/// Programs that write SQL for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Framework {
    /// Ruby on Rails' Active Record.
    Rails,
    /// Django's ORM.
    Django,
    /// SQLAlchemy.
    SqlAlchemy,
    /// Hibernate, and JPA by it.
    Hibernate,
    /// Prisma.
    Prisma,
    /// Laravel's Eloquent.
    Eloquent,
    /// Sequelize.
    Sequelize,
    /// TypeORM.
    TypeOrm,
    /// Gorm.
    Gorm,
}

impl Framework {
    /// The name it goes by.
    pub fn name(self) -> &'static str {
        match self {
            Framework::Rails => "Rails",
            Framework::Django => "Django",
            Framework::SqlAlchemy => "SQLAlchemy",
            Framework::Hibernate => "Hibernate",
            Framework::Prisma => "Prisma",
            Framework::Eloquent => "Eloquent",
            Framework::Sequelize => "Sequelize",
            Framework::TypeOrm => "TypeORM",
            Framework::Gorm => "GORM",
        }
    }

    /// The one whose style the statement has, as it was sent (quotes tell most); `None` when it could be anybody's.
    pub(super) fn of(text: &str) -> Option<Framework> {
        let text = text.to_ascii_lowercase();
        let has = |part: &str| text.contains(part);
        let select = text.starts_with("select ");
        // `"public"."User"."id"`: table names with the schema in front of every column.
        if select && has("\"public\".\"") && has("\".\"") && (has(" offset ") || has("where 1=1") || has("1=1")) {
            return Some(Framework::Prisma);
        }
        // `o1_0.id`, `order0_.id as id1_0_`
        if words(&text).any(hibernate_alias) {
            return Some(Framework::Hibernate);
        }
        // `"User"."id" as "User_id"`
        if select && has("\" as \"") && pairs(&text).any(|(column, name)| name.replace('_', ".") == column) {
            return Some(Framework::TypeOrm);
        }
        // A blank and a line's end before each clause; logs may indent the lines.
        if select && (has(" \nfrom ") || has(" \n\tfrom ")) {
            return Some(Framework::SqlAlchemy);
        }
        // `users.id as users_id`
        if select && aliases(&text).any(|(column, name)| column.contains('.') && column.replace('.', "_") == name) {
            return Some(Framework::SqlAlchemy);
        }
        // `"users" as "user"` with every column of `"user"`
        if select && has("\" as \"") && has("from \"") && has("\".\"") {
            return Some(Framework::Sequelize);
        }
        if select && has("\".\"deleted_at\" is null") && has("select * from \"") {
            return Some(Framework::Gorm);
        }
        // `select "users".* from "users"`
        if select && (has("\".* from \"") || has("`.* from `")) {
            return Some(Framework::Rails);
        }
        // `select "app_order"."id", "app_order"."total" from "app_order"`
        if select && (text.starts_with("select \"") || text.starts_with("select `")) && (has("\", \"") || has("`, `")) {
            return Some(Framework::Django);
        }
        if select && has("select * from `") && has("`.`") {
            return Some(Framework::Eloquent);
        }
        None
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// `o1_0` (6 and later), `order0_`, `id1_0_` (before).
fn hibernate_alias(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match word.strip_suffix('_') {
        Some(rest) => {
            rest.len() > 2
                && rest.rsplit(|c: char| !c.is_ascii_digit()).next().is_some_and(digits)
                && !rest.starts_with('_')
        }
        None => word.split_once('_').is_some_and(|(name, number)| {
            digits(number)
                && name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.ends_with(|c: char| c.is_ascii_digit())
                && name.len() <= 4
        }),
    }
}

/// Columns and what they are called, unquoted ones.
fn aliases(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(", ").filter_map(|item| {
        let item = item.strip_prefix("select ").unwrap_or(item);
        let (column, name) = item.split_once(" as ")?;
        Some((column.trim(), name.split_whitespace().next()?))
    })
}

/// Columns and what they are called, quotes taken off.
fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    aliases(text).map(|(column, name)| (column.replace('"', ""), name.replace('"', "")))
}
