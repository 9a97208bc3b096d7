//! Who may get in and what they may do: roles, access rules, encryption, privileges.

use dbwright_model::catalog::ObjectName;
use dbwright_model::{Case, Count, Gap, Name, Seconds, Section, Why};
use serde::{Deserialize, Serialize};

use super::password;
use super::read::{row, rows};
use crate::session::Session;
use crate::statement::Statement;

/// Roles, access rules, encryption and privileges worth a look.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Security {
    /// Roles that can log in, and superusers, sorted by name.
    pub roles: Vec<Role>,
    /// Lines of `pg_hba.conf` in order; absent without the privilege.
    #[serde(default)]
    pub access: Option<Vec<Access>>,
    /// Encryption of client connections from other machines.
    #[serde(default)]
    pub encryption: Option<Encryption>,
    /// `SECURITY DEFINER` functions that resolve names by the caller's `search_path`.
    pub open_definers: Vec<Definer>,
    /// Schemas in which everybody may create objects.
    pub open_schemas: Vec<Name>,
    /// Tables that everybody may change.
    pub open_tables: Vec<OpenTable>,
    /// Functions in languages that reach the operating system, and that everybody may call.
    pub untrusted: Vec<Definer>,
}

impl Section for Security {
    const ID: &'static str = "postgres.security";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "roles, access rules and privileges";
}

/// How a password is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordKind {
    /// There is none.
    None,
    /// MD5, which is not salted by more than the name.
    Md5,
    /// SCRAM-SHA-256.
    Scram,
    /// Something else.
    Other,
}

/// A role.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: Name,
    /// Whether nothing is forbidden to it.
    pub superuser: bool,
    /// Whether it can log in.
    pub login: bool,
    /// Whether it is the one that the cluster was made with.
    pub bootstrap: bool,
    /// Whether it belongs to a managed service that keeps its own superuser.
    #[serde(default)]
    pub service: bool,
    /// Most connections it may open, when limited.
    #[serde(default)]
    pub connection_limit: Option<Count>,
    /// Until its password expires; negative when it has.
    #[serde(default)]
    pub expires_in: Option<Seconds>,
    /// How its password is stored; absent when we may not know.
    #[serde(default)]
    pub password: Option<PasswordKind>,
    /// Whether its password is its own name.
    #[serde(default)]
    pub password_is_name: Option<bool>,
    /// Whether its password is one that everybody tries.
    #[serde(default)]
    pub password_is_famous: Option<bool>,
}

/// A line of `pg_hba.conf`. Its options are left out: they may hold secrets.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Access {
    /// Line number.
    pub line: u32,
    /// File, when it is an included one (16+).
    #[serde(default)]
    pub file: Option<Name>,
    /// `local`, `host`, `hostssl`, `hostnossl`…
    #[serde(default)]
    pub kind: Option<String>,
    /// Databases; absent for all.
    #[serde(default)]
    pub databases: Option<Vec<Name>>,
    /// Roles; absent for all.
    #[serde(default)]
    pub users: Option<Vec<Name>>,
    /// Where from; absent for anywhere.
    #[serde(default)]
    pub address: Option<Name>,
    /// The mask of it.
    #[serde(default)]
    pub netmask: Option<String>,
    /// Whether that is this machine only.
    pub loopback: bool,
    /// `trust`, `scram-sha-256`, `md5`, `password`, `peer`…
    #[serde(default)]
    pub method: Option<String>,
    /// Whether the server cannot read the line.
    pub broken: bool,
}

/// Client connections from other machines, now.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Encryption {
    /// With TLS.
    pub encrypted: Count,
    /// Without.
    pub plain: Count,
}

/// A function with more rights than its caller.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Definer {
    /// `schema.name(argument types)`, quoted as SQL needs it.
    pub function: Name,
    /// Its owner, whose rights it has.
    pub owner: Name,
    /// Whether that is a superuser.
    pub superuser: bool,
    /// Whether everybody may call it.
    pub public: bool,
}

/// A table that everybody may change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenTable {
    /// The table.
    pub table: ObjectName,
    /// What they may: `INSERT, UPDATE`.
    pub privileges: String,
}

const ROLES: Statement = Statement::new(
    Security::ID,
    "SELECT rolname AS name, rolsuper AS superuser, rolcanlogin AS login, oid = 10 AS bootstrap, rolname IN ('rdsadmin', \
     'cloudsqladmin', 'azuresu', 'azure_superuser', 'alloydbadmin') AS service, \
     nullif(greatest(rolconnlimit, -1), -1) AS connection_limit, \
     CASE WHEN isfinite(rolvaliduntil) THEN extract(epoch FROM rolvaliduntil - now()) END AS expires_in \
     FROM pg_roles WHERE rolcanlogin OR rolsuper ORDER BY rolname",
);

const PASSWORDS: Statement =
    Statement::new(Security::ID, "SELECT rolname AS name, rolpassword AS stored FROM pg_authid WHERE rolcanlogin");

macro_rules! access {
    ($more:literal) => {
        concat!(
            "SELECT r.line_number AS line, r.type AS kind, \
             CASE WHEN 'all' <> ALL (r.database) THEN r.database END AS databases, \
             CASE WHEN 'all' <> ALL (r.user_name) THEN r.user_name END AS users, nullif(r.address, 'all') AS address, r.netmask, ",
            "coalesce(r.type = 'local' OR r.address IN ('127.0.0.1', '::1', 'samehost', 'localhost') \
             OR r.address LIKE '127.%', false) AS loopback, r.auth_method AS method, r.error IS NOT NULL AS broken",
            $more,
            " FROM pg_hba_file_rules r ORDER BY "
        )
    };
}

const ACCESS: &[Statement] = &[
    Statement::new(Security::ID, concat!(access!(""), "r.line_number")).until(16),
    Statement::new(
        Security::ID,
        concat!(
            access!(", nullif(r.file_name, current_setting('hba_file', true)) AS file"),
            "r.rule_number NULLS LAST, r.line_number"
        ),
    )
    .since(16),
];

const ENCRYPTION: Statement = Statement::new(
    Security::ID,
    "SELECT count(*) FILTER (WHERE s.ssl) AS encrypted, count(*) FILTER (WHERE NOT s.ssl) AS plain \
     FROM pg_stat_ssl s JOIN pg_stat_activity a ON a.pid = s.pid WHERE a.client_addr IS NOT NULL \
     AND NOT a.client_addr <<= '127.0.0.0/8'::inet AND a.client_addr <> '::1'::inet \
     AND a.client_addr IS DISTINCT FROM inet_server_addr() HAVING pg_has_role('pg_read_all_stats', 'USAGE')",
);

// A function with a SQL-standard body (14+) resolved its names when it was created; to_jsonb asks for a column that older
// versions do not have. Names of C functions are not resolved at all.
const DEFINERS: Statement = Statement::new(
    Security::ID,
    "SELECT p.oid::regprocedure::text AS function, \
     r.rolname AS owner, r.rolsuper AS superuser, \
     EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0) AS public \
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles r ON r.oid = p.proowner \
     JOIN pg_language l ON l.oid = p.prolang \
     WHERE p.prosecdef AND l.lanname NOT IN ('c', 'internal') AND p.prorettype <> 'event_trigger'::regtype \
     AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND to_jsonb(p) ->> 'prosqlbody' IS NULL \
     AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%') \
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e') \
     ORDER BY r.rolsuper DESC, 1 LIMIT 500",
);

const UNTRUSTED: Statement = Statement::new(
    Security::ID,
    "SELECT p.oid::regprocedure::text AS function, \
     r.rolname AS owner, r.rolsuper AS superuser, true AS public \
     FROM pg_language l JOIN pg_proc p ON p.prolang = l.oid JOIN pg_namespace n ON n.oid = p.pronamespace \
     JOIN pg_roles r ON r.oid = p.proowner \
     WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('c', 'internal', 'sql') \
     AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) \
     AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0) \
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e') \
     ORDER BY 1 LIMIT 500",
);

const SCHEMAS: Statement = Statement::new(
    Security::ID,
    "SELECT n.nspname AS name FROM pg_namespace n \
     WHERE n.nspname !~ '^pg_' AND EXISTS (SELECT FROM aclexplode(n.nspacl) a WHERE a.grantee = 0 AND a.privilege_type = 'CREATE') \
     ORDER BY n.nspname LIMIT 500",
);

const TABLES: Statement = Statement::new(
    Security::ID,
    "SELECT json_build_object('schema', n.nspname, 'name', c.relname) AS table, \
     string_agg(DISTINCT a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL aclexplode(c.relacl) a \
     WHERE c.relkind IN ('r', 'p', 'f') AND a.grantee = 0 AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') \
     AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
     GROUP BY c.oid, n.nspname, c.relname ORDER BY n.nspname, c.relname LIMIT 500",
);

pub(crate) const STATEMENTS: &[Statement] =
    &[ROLES, PASSWORDS, ACCESS[0], ACCESS[1], ENCRYPTION, DEFINERS, UNTRUSTED, SCHEMAS, TABLES];

#[derive(Deserialize)]
struct Stored {
    name: Name,
    stored: Option<String>,
}

#[derive(Deserialize)]
struct SchemaRow {
    name: Name,
}

/// Roles whose password is tried: a derivation takes milliseconds, and the time budget is shared.
const MOST_TRIED: usize = 50;

const SUPERUSER: Option<&str> = Some("connect as a superuser for this check (pg_authid is closed to everybody else)");
const RULES: Option<&str> = Some(
    "GRANT SELECT ON pg_catalog.pg_hba_file_rules TO {role}; GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO {role};",
);

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let Some(mut roles) = rows::<Role>(session, case, &ROLES, None, None).await else { return };
    if let Some(passwords) = rows::<Stored>(session, case, &PASSWORDS, Some("passwords"), SUPERUSER).await {
        judge(&mut roles, passwords);
    }
    let mut found = Security { roles, ..Security::default() };
    if let Some(statement) = super::read::fitting(session, ACCESS) {
        found.access = rows(session, case, statement, Some("access rules"), RULES).await;
    }
    found.encryption = row(session, case, &ENCRYPTION, Some("encryption"), None).await;
    if found.encryption.is_none() && !case.gaps.iter().any(|gap| gap.part.as_deref() == Some("encryption")) {
        case.miss(Gap {
            section: Security::ID.to_owned(),
            part: Some("encryption".to_owned()),
            why: Why::Privilege,
            detail: "where other sessions come from is hidden from this role".to_owned(),
            allow: Some(format!("GRANT pg_monitor TO {};", super::read::role(case))),
        });
    }
    found.open_definers = rows(session, case, &DEFINERS, Some("functions"), None).await.unwrap_or_default();
    found.untrusted = rows(session, case, &UNTRUSTED, Some("untrusted languages"), None).await.unwrap_or_default();
    let schemas: Vec<SchemaRow> = rows(session, case, &SCHEMAS, Some("schemas"), None).await.unwrap_or_default();
    found.open_schemas = schemas.into_iter().map(|row| row.name).collect();
    found.open_tables = rows(session, case, &TABLES, Some("tables"), None).await.unwrap_or_default();
    case.store(&found);
}

/// What may be kept of the passwords: their kind, and whether they are guessed at once.
fn judge(roles: &mut [Role], passwords: Vec<Stored>) {
    let mut tried = 0;
    for Stored { name, stored } in passwords {
        let Some(role) = roles.iter_mut().find(|role| role.name == name) else { continue };
        role.password = Some(password::kind(stored.as_deref()));
        if let Some(stored) = stored.filter(|_| tried < MOST_TRIED) {
            tried += 1;
            role.password_is_name = password::equals_role(&stored, name.as_str());
            role.password_is_famous = password::famous(&stored, name.as_str());
        }
    }
}
