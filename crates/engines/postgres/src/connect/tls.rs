//! TLS by rustls with ring, verified as far as `sslmode` says.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::plan::{Check, Tls};

/// The client configuration, or what is wrong with the files it names.
pub(super) fn config(tls: &Tls) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions: &[_] = match tls.versions {
        (true, false) => &[&rustls::version::TLS12],
        (false, _) => &[&rustls::version::TLS13],
        (true, true) => rustls::ALL_VERSIONS,
    };
    let (authorities, chain) = match tls.check {
        Check::Nothing => (Vec::new(), None),
        Check::Chain | Check::ChainAndName => {
            let (authorities, store) = trusted(tls.authorities.as_deref())?;
            let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone()).build();
            (authorities, Some(chain.map_err(|error| error.to_string())?))
        }
    };
    let verifier = Verifier { provider: provider.clone(), chain, authorities, name: tls.check == Check::ChainAndName };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &tls.identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let unread = |error| format!("{} is not an unencrypted key in PEM form: {error}", key.display());
            let key = PrivateKeyDer::from_pem_file(key).map_err(unread)?;
            builder.with_client_auth_cert(certificates(certificate)?, key).map_err(|error| error.to_string())?
        }
    };
    if tls.direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(config)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// The authorities of a file as they are, or the system's.
fn trusted(file: Option<&Path>) -> Result<(Vec<CertificateDer<'static>>, RootCertStore), String> {
    let own = file.map(certificates).transpose()?;
    let mut store = RootCertStore::empty();
    let all = own.clone().unwrap_or_else(|| rustls_native_certs::load_native_certs().certs);
    match (store.add_parsable_certificates(all), file) {
        ((0, _), Some(path)) => Err(format!("{} holds no certificate", path.display())),
        ((0, _), None) => Err("this machine has no certificate authorities: install ca-certificates".into()),
        _ => Ok((own.unwrap_or_default(), store)),
    }
}

/// Verifies what libpq verifies. That the server holds the certificate's key is verified in every mode.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    chain: Option<Arc<WebPkiServerVerifier>>,
    /// A certificate named here is trusted as it is: self-signed ones, which sign no other.
    authorities: Vec<CertificateDer<'static>>,
    name: bool,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        if self.authorities.iter().any(|own| own.as_ref() == certificate.as_ref()) {
            if self.name {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        // The name is looked at last, so a wrong one means that all else is right.
        match chain.verify_server_cert(certificate, between, name, ocsp, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.name => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
