//! A certificate authority for one lab, and the server certificate it signs.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

use crate::{LabError, error::Doing, user::User};

/// Where the PEM files are.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    pub(crate) ca: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Tls {
    /// Makes new certificates in a folder. The authority's key is never written, so nothing else can be signed by it.
    pub(crate) fn create(dir: &Path, user: User) -> Result<Tls, LabError> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.distinguished_name.push(DnType::CommonName, "dbwright lab authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority_key = KeyPair::generate()?;
        let ca_pem = authority.self_signed(&authority_key)?.pem();
        let issuer = Issuer::new(authority, authority_key);

        let mut server = CertificateParams::new(vec!["127.0.0.1".into(), "localhost".into()])?;
        server.distinguished_name.push(DnType::CommonName, "dbwright lab");
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        let server_key = KeyPair::generate()?;
        let server_pem = server.signed_by(&server_key, &issuer)?.pem();

        let write = |name: &str, mode, text: &str| {
            let path = dir.join(name);
            fs::write(&path, text)
                .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(mode)))
                .and_then(|()| user.owns(&path))
                .doing(|| format!("write {}", path.display()))
                .map(|()| path)
        };
        Ok(Tls {
            ca: write("ca.pem", 0o644, &ca_pem)?,
            certificate: write("server.pem", 0o644, &server_pem)?,
            // PostgreSQL refuses a key that others can read.
            key: write("server.key", 0o600, &server_key.serialize_pem())?,
        })
    }
}
