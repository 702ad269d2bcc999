//! Where a request came from, when a proxy stands before the server.
//!
//! A header that anybody can write is believed only from a connection whose address the settings name. Of the
//! addresses in `X-Forwarded-For` the last counts that is none of these proxies: what stands before it was sent along
//! by whoever asked.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName},
    middleware::Next,
    response::Response,
};
use hokan_mobile_api::RemoteAddress;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Tells the address of whoever asked to everything that comes after.
pub(crate) async fn tell_address(
    State(trusted): State<Arc<[IpAddr]>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if let Some(client) = peer.and_then(|peer| client_of(peer, request.headers(), &trusted)) {
        request.extensions_mut().insert(RemoteAddress(client));
    }
    next.run(request).await
}

/// Who asked through this connection, if the connection is a trusted proxy's and it says.
fn client_of(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> Option<IpAddr> {
    let is_trusted = |address: IpAddr| trusted.contains(&address.to_canonical());
    if !is_trusted(peer) {
        return None;
    }
    let said: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .flat_map(|value| value.split(','))
        .collect();
    let mut client = None;
    for said in said.iter().rev() {
        // What stands before something unreadable was written by nobody who is trusted.
        let Some(address) = address(said.trim()) else { break };
        client = Some(address);
        if !is_trusted(address) {
            break;
        }
    }
    client
}

/// An address as proxies write it: bare, with a port, in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse().ok().map(|both: SocketAddr| both.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(peer: &str, said: &[&str], trusted: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(value).unwrap());
        }
        let trusted: Vec<IpAddr> = trusted.iter().map(|address| address.parse().unwrap()).collect();
        client_of(peer.parse().unwrap(), &headers, &trusted).map(|address| address.to_string())
    }

    #[test]
    fn only_the_proxies_that_were_named_are_believed() {
        let ours = ["127.0.0.1", "192.0.2.1"];
        assert_eq!(client("127.0.0.1", &["203.0.113.9"], &[]), None, "none was named");
        assert_eq!(client("198.51.100.7", &["203.0.113.9"], &ours), None, "not from there");
        assert_eq!(client("127.0.0.1", &[], &ours), None, "it says nothing");
        assert_eq!(client("127.0.0.1", &["203.0.113.9"], &ours).unwrap(), "203.0.113.9");
        assert_eq!(client("::ffff:127.0.0.1", &["203.0.113.9"], &ours).unwrap(), "203.0.113.9");
    }

    #[test]
    fn what_a_client_sends_along_is_not_believed() {
        let ours = ["127.0.0.1", "192.0.2.1"];
        assert_eq!(client("127.0.0.1", &["10.0.0.1, 203.0.113.9"], &ours).unwrap(), "203.0.113.9");
        assert_eq!(
            client("127.0.0.1", &["10.0.0.1", "203.0.113.9, 192.0.2.1"], &ours).unwrap(),
            "203.0.113.9"
        );
        assert_eq!(client("127.0.0.1", &["127.0.0.1, garbage, 192.0.2.1"], &ours).unwrap(), "192.0.2.1");
        assert_eq!(client("127.0.0.1", &["garbage"], &ours), None);
        assert_eq!(client("127.0.0.1", &["unknown, "], &ours), None);
    }

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        for (text, read) in [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), read, "{text}");
        }
    }
}
