//! The server's own small certificate authority.
//!
//! A phone's camera and passkeys work only where the certificate is trusted, and the networks that this runs
//! on have no internet, so no public authority can help. The authority's certificate is installed on each
//! phone once (the page `/trust` leads through it); the server's certificate is renewed by itself.

use std::{
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use sha2::{Digest, Sha256};

use crate::keys::write_secret;

/// The authority's certificate lasts this long: longer than a phone.
const AUTHORITY_LASTS: TimeDelta = TimeDelta::days(3650);
/// The server's certificate lasts this long. Some phones refuse more than 398 days.
const SERVER_LASTS: TimeDelta = TimeDelta::days(397);
/// It is renewed at a start this long before its end.
const RENEW_BEFORE: TimeDelta = TimeDelta::days(60);

/// Certificates that could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A certificate cannot be made.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The authority was made for other names and may not vouch for these.
    #[error(
        "the authority in {folder} may only vouch for the names that it was made for, and {host} is none of them. \
         Move ca.pem and ca-key.pem away to have a new one made at the next start; every phone then installs that one"
    )]
    OutsideAuthority {
        /// The folder of the certificates.
        folder: PathBuf,
        /// The name.
        host: String,
    },
    /// What a file holds is no certificate.
    #[error("{0} holds no certificate")]
    NoCertificate(PathBuf),
}

/// The authority's certificate, to be installed on phones.
#[derive(Debug, Clone)]
pub struct CaCertificate {
    /// As text.
    pub pem: String,
    /// As bytes.
    pub der: Vec<u8>,
    /// SHA-256 of the bytes in pairs of hexadecimal digits, to be compared by eye.
    pub fingerprint: String,
}

/// What the server presents.
#[derive(Debug)]
pub struct ServerCertificate {
    /// The chain (PEM).
    pub certificate: PathBuf,
    /// The key (PEM).
    pub key: PathBuf,
    /// The authority that signed it, where it is the server's own.
    pub authority: Option<CaCertificate>,
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, TlsError> {
    result.map_err(|source| TlsError::File { path: path.to_owned(), source })
}

fn day(at: DateTime<Utc>) -> (i32, u8, u8) {
    use chrono::Datelike;
    // Months and days of a calendar fit a byte.
    (at.year(), u8::try_from(at.month()).unwrap_or(1), u8::try_from(at.day()).unwrap_or(1))
}

fn validity(params: &mut CertificateParams, from: DateTime<Utc>, lasts: TimeDelta) {
    let (year, month, date) = day(from);
    params.not_before = rcgen::date_time_ymd(year, month, date);
    let (year, month, date) = day(from + lasts);
    params.not_after = rcgen::date_time_ymd(year, month, date);
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name.push(DnType::OrganizationName, "Hokan");
    name
}

/// What an authority may vouch for (RFC 5280, 4.2.1.10): these names and addresses and nothing else. Whoever takes its
/// key can then pose as this server to the phones that trust it, and as no other.
fn constraints(hosts: &[String]) -> NameConstraints {
    let subtree = |host: &String| match host.parse::<IpAddr>() {
        Ok(address) => {
            let prefix = if address.is_ipv4() { 32 } else { 128 };
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, prefix))
        }
        Err(_) => GeneralSubtree::DnsName(host.clone()),
    };
    NameConstraints { permitted_subtrees: hosts.iter().map(subtree).collect(), excluded_subtrees: Vec::new() }
}

fn certificate_of(path: &Path) -> Result<CaCertificate, TlsError> {
    let pem = at(path, fs::read_to_string(path))?;
    let body: String = pem
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN CERTIFICATE"))
        .skip(1)
        .take_while(|line| !line.starts_with("-----END"))
        .collect();
    let der = STANDARD
        .decode(body)
        .ok()
        .filter(|der| !der.is_empty())
        .ok_or_else(|| TlsError::NoCertificate(path.to_owned()))?;
    let pairs: Vec<String> = Sha256::digest(&der).iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(CaCertificate { pem, fingerprint: pairs.join(":"), der })
}

/// Makes sure that there is an authority and a server certificate for these hosts that lasts a while yet.
///
/// # Errors
/// Any [`TlsError`].
pub fn own_certificate(
    folder: &Path,
    hosts: &[String],
    now: DateTime<Utc>,
) -> Result<ServerCertificate, TlsError> {
    at(folder, fs::create_dir_all(folder))?;
    let (ca_path, ca_key_path) = (folder.join("ca.pem"), folder.join("ca-key.pem"));
    // For which names the authority was made; an authority without this file was made for any.
    let bounds_path = folder.join("ca.for");
    if !ca_path.exists() {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name("Hokan CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints = Some(constraints(hosts));
        validity(&mut params, now - TimeDelta::days(1), AUTHORITY_LASTS);
        let certificate = params.self_signed(&key)?;
        at(&bounds_path, fs::write(&bounds_path, format!("{}\n", hosts.join("\n"))))?;
        at(&ca_key_path, write_secret(&ca_key_path, key.serialize_pem().as_bytes()))?;
        at(&ca_path, fs::write(&ca_path, certificate.pem()))?;
    }
    if bounds_path.exists() {
        let bounds = at(&bounds_path, fs::read_to_string(&bounds_path))?;
        let outside = hosts.iter().find(|host| !bounds.lines().any(|bound| bound == host.as_str()));
        if let Some(host) = outside {
            return Err(TlsError::OutsideAuthority { folder: folder.to_owned(), host: host.clone() });
        }
    }
    let (path, key_path) = (folder.join("server.pem"), folder.join("server-key.pem"));
    // What the certificate was made for, so that a start with the same hosts keeps it.
    let memo_path = folder.join("server.for");
    let memo = fs::read_to_string(&memo_path).unwrap_or_default();
    let mut lines = memo.lines();
    let renew_at = lines.next().and_then(|line| line.parse::<DateTime<Utc>>().ok());
    let same_hosts = lines.eq(hosts.iter().map(String::as_str));
    let fresh = renew_at.is_some_and(|at| now < at) && same_hosts && path.exists() && key_path.exists();
    if !fresh {
        let ca_pem = at(&ca_path, fs::read_to_string(&ca_path))?;
        let ca_key = KeyPair::from_pem(&at(&ca_key_path, fs::read_to_string(&ca_key_path))?)?;
        let issuer = Issuer::from_ca_cert_pem(&ca_pem, ca_key)?;
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name(hosts.first().map_or("localhost", String::as_str));
        params.subject_alt_names = hosts
            .iter()
            .map(|host| match host.parse::<IpAddr>() {
                Ok(address) => Ok(SanType::IpAddress(address)),
                Err(_) => Ok(SanType::DnsName(host.as_str().try_into()?)),
            })
            .collect::<Result<_, rcgen::Error>>()?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        validity(&mut params, now - TimeDelta::days(1), SERVER_LASTS);
        let certificate = params.signed_by(&key, &issuer)?;
        if key_path.exists() {
            at(&key_path, fs::remove_file(&key_path))?;
        }
        at(&key_path, write_secret(&key_path, key.serialize_pem().as_bytes()))?;
        at(&path, fs::write(&path, format!("{}{ca_pem}", certificate.pem())))?;
        let renew_at = (now + SERVER_LASTS - RENEW_BEFORE).to_rfc3339();
        at(&memo_path, fs::write(&memo_path, format!("{renew_at}\n{}\n", hosts.join("\n"))))?;
    }
    Ok(ServerCertificate { certificate: path, key: key_path, authority: Some(certificate_of(&ca_path)?) })
}
