//! Which certificates are believed.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Certificates of authorities that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The text holds no certificate.
    #[error("the text holds no certificate (PEM, between BEGIN CERTIFICATE and END CERTIFICATE)")]
    NoCertificate,
    /// What stands between the markers is no certificate.
    #[error("one of the certificates cannot be read: {0}")]
    Malformed(String),
    /// TLS cannot be set up at all.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// The certificates of a text (PEM). No text means none.
///
/// # Errors
/// [`TrustError`] where the text holds none, or one that cannot be an authority's.
pub(crate) fn authorities(pem: Option<&str>) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let Some(pem) = pem else { return Ok(Vec::new()) };
    let found = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| TrustError::Malformed(error.to_string()))?;
    if found.is_empty() {
        return Err(TrustError::NoCertificate);
    }
    let mut tried = RootCertStore::empty();
    for certificate in &found {
        tried.add(certificate.clone()).map_err(|error| TrustError::Malformed(error.to_string()))?;
    }
    Ok(found)
}

/// TLS with ring that believes the public authorities and these.
///
/// The provider is named here rather than taken from the process, so that it does not matter what was
/// installed, and when.
///
/// # Errors
/// [`TrustError`] where an authority's certificate cannot be used.
pub(crate) fn client_config(extra: &[CertificateDer<'static>]) -> Result<ClientConfig, TrustError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in extra {
        roots.add(certificate.clone()).map_err(|error| TrustError::Malformed(error.to_string()))?;
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| TrustError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
