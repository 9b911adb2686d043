//! Which hosts may be called, and which addresses may be configured at all.

use url::{Host, Url};

/// The hosts a transport may call. An address elsewhere is refused before anything is sent.
#[derive(Clone, Debug, Default)]
pub struct AllowedHosts {
    exact: Vec<(String, u16)>,
    suffixes: Vec<String>,
}

impl AllowedHosts {
    /// Nothing is allowed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows the host and port of `url`.
    pub fn with_url(mut self, url: &Url) -> Self {
        if let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) {
            self.exact.push((host.to_ascii_lowercase(), port));
        }
        self
    }

    /// Allows `host` (port 443), `host:port`, or `*.domain` for every host below a domain (port 443).
    pub fn with_pattern(mut self, pattern: &str) -> Self {
        let pattern = pattern.trim().to_ascii_lowercase();
        if let Some(domain) = pattern.strip_prefix("*.") {
            self.suffixes.push(format!(".{domain}"));
        } else if let Some((host, port)) = pattern
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)))
        {
            self.exact.push((host, port));
        } else {
            self.exact.push((pattern, 443));
        }
        self
    }

    /// Whether `url` may be called.
    pub fn allows(&self, url: &Url) -> bool {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return false;
        };
        let host = host.to_ascii_lowercase();
        self.exact
            .iter()
            .any(|(allowed, at)| *allowed == host && *at == port)
            || (port == 443
                && self
                    .suffixes
                    .iter()
                    .any(|suffix| host.len() > suffix.len() && host.ends_with(suffix.as_str())))
    }
}

/// Whether `url` names this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Whether the address keeps what is sent to it secret: https, or a host that is this machine.
pub(crate) fn is_private(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

/// Reads the base address of a service from a setting: https, or http on this machine, without query, fragment or
/// sign-in. A trailing slash is dropped from the path by whoever appends to it.
pub fn endpoint(text: &str) -> Result<Url, String> {
    let url =
        Url::parse(text.trim()).map_err(|error| format!("not a web address ({error}); write `https://…`"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(format!(
            "`{}` addresses are not spoken here; write `https://…`",
            url.scheme()
        ));
    }
    if !is_private(&url) {
        return Err("plain http is only accepted for a host on this machine; write `https://…`".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address must not hold a name or password; use the settings for sign-in".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("a base address must not hold `?` or `#`; write it up to the path".into());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_listed_hosts_are_allowed() {
        let hosts = AllowedHosts::new()
            .with_url(&url("https://api.example.com/v1"))
            .with_url(&url("http://127.0.0.1:4000"))
            .with_pattern("*.my.example.org")
            .with_pattern("other.example.net:8443");
        for allowed in [
            "https://api.example.com/x?y",
            "https://API.example.com:443/",
            "http://127.0.0.1:4000/a",
            "https://acme.my.example.org/",
            "https://a.b.my.example.org/",
            "https://other.example.net:8443/",
        ] {
            assert!(hosts.allows(&url(allowed)), "{allowed}");
        }
        for refused in [
            "https://api.example.com:444/",
            "https://api.example.com.evil.test/",
            "https://evil.test/?api.example.com",
            "https://api.example.com@evil.test/",
            "http://127.0.0.1:4001/",
            "https://my.example.org/",
            "https://evilmy.example.org/",
            "https://acme.my.example.org:8443/",
            "https://other.example.net/",
        ] {
            assert!(!hosts.allows(&url(refused)), "{refused}");
        }
    }

    #[test]
    fn base_addresses_are_https_or_loopback() {
        for good in [
            "https://api.example.com",
            "https://api.example.com/base/",
            "http://127.0.0.1:9/",
            "http://[::1]:9/",
            "http://localhost:9",
        ] {
            assert!(endpoint(good).is_ok(), "{good}");
        }
        for (bad, word) in [
            ("http://api.example.com", "plain http"),
            ("http://127.0.0.1.example.com", "plain http"),
            ("ftp://api.example.com", "`ftp`"),
            ("api.example.com", "not a web address"),
            ("https://user:word@api.example.com", "password"),
            ("https://api.example.com/?x=1", "`?`"),
        ] {
            let message = endpoint(bad).unwrap_err();
            assert!(message.contains(word), "{bad}: {message}");
        }
    }
}
