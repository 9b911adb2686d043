//! The old way to sign in: `login` and `logout` over SOAP, in versions that still have them.
//!
//! Elements are found by their local names, because every client chooses prefixes of its own.

use connector_api::Value;

use super::call::{Answer, Call, Content};
use super::identity::org_id;
use crate::salesforce::error::ApiError;
use crate::salesforce::id;
use crate::salesforce::session::{APPS, Grant, PASSWORD};
use crate::shared::Shared;

/// Versions that still have `login`.
const LOGIN_VERSIONS: std::ops::RangeInclusive<u32> = 31..=64;

/// `/services/Soap/u/{version}` and `/services/Soap/c/{version}`
pub(super) fn answer(shared: &Shared, call: &Call, version: &str) -> Answer {
    if call.method != "POST" {
        return Answer::error(call.method_not_allowed("POST"));
    }
    let Some(number) = version
        .strip_suffix(".0")
        .and_then(|text| text.parse::<u32>().ok())
    else {
        return Answer::error(ApiError::not_found());
    };
    let text = match &call.content {
        Content::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Content::Json(_) => String::new(),
    };
    if let Some(login) = element(&text, "login") {
        if !LOGIN_VERSIONS.contains(&number) {
            return fault(
                "UNSUPPORTED_API_VERSION",
                "login() is not available in this version of the API",
            );
        }
        let part = |name: &str| element(login, name).map(unescape).unwrap_or_default();
        return log_in(shared, number, &part("username"), &part("password"));
    }
    if element(&text, "logout").is_some() {
        let session = element(&text, "sessionId").map(unescape).unwrap_or_default();
        if shared.salesforce().sessions.revoke(&session) {
            return envelope("<logoutResponse/>", 200);
        }
        return fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader");
    }
    fault("UNKNOWN_EXCEPTION", "No operation available for request")
}

fn log_in(shared: &Shared, version: u32, username: &str, password: &str) -> Answer {
    let now = shared.clock.now();
    let mut state = shared.salesforce();
    let user = state
        .user_by_name(username)
        .filter(|_| password.starts_with(PASSWORD));
    let active = |user: &String| {
        state
            .store
            .row("User", user)
            .is_some_and(|row| row.flag("IsActive"))
    };
    let Some(user) = user.filter(active) else {
        return fault(
            "INVALID_LOGIN",
            "Invalid username, password, security token; or user locked out.",
        );
    };
    let lifetime = state.settings.session_seconds;
    let grant = Grant {
        user: user.clone(),
        app: APPS[0].key,
    };
    let session = state.sessions.open(&grant, &shared.ids, now, lifetime);
    let (base, org) = (&shared.base_url, org_id());
    let short = id::short(&org);
    let body = format!(
        "<loginResponse><result>\
         <metadataServerUrl>{base}/services/Soap/m/{version}.0/{short}</metadataServerUrl>\
         <passwordExpired>false</passwordExpired><sandbox>true</sandbox>\
         <serverUrl>{base}/services/Soap/u/{version}.0/{short}</serverUrl>\
         <sessionId>{session}</sessionId><userId>{user}</userId>\
         <userInfo><organizationId>{org}</organizationId><userId>{user}</userId></userInfo>\
         </result></loginResponse>"
    );
    envelope(&body, 200)
}

fn fault(code: &str, message: &str) -> Answer {
    let body = format!(
        "<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{code}: {message}</faultstring><detail>\
         <sf:LoginFault xmlns:sf=\"urn:fault.partner.soap.sforce.com\">\
         <sf:exceptionCode>{code}</sf:exceptionCode><sf:exceptionMessage>{message}</sf:exceptionMessage>\
         </sf:LoginFault></detail></soapenv:Fault>"
    );
    envelope(&body, 500)
}

fn envelope(body: &str, status: u16) -> Answer {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope \
         xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"urn:partner.soap.sforce.com\">\
         <soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    );
    Answer::new(status, Some(Value::from(text)))
        .with_header("content-type", "text/xml;charset=UTF-8".to_owned())
}

/// What stands inside the first element with this local name.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = text;
    loop {
        let (_, tag) = rest.split_once('<')?;
        let end = tag.find('>')?;
        let (head, inside) = (&tag[..end], &tag[end + 1..]);
        let full = head
            .split([' ', '\t', '\n', '\r', '/'])
            .next()
            .unwrap_or_default();
        if !head.starts_with('/') && full.rsplit(':').next() == Some(name) {
            if head.ends_with('/') {
                return Some("");
            }
            let close = inside.find(&format!("</{full}>"))?;
            return Some(&inside[..close]);
        }
        rest = inside;
    }
}

/// Text without entities; `&amp;` last, so that nothing is read twice.
fn unescape(text: &str) -> String {
    text.trim()
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_whatever_their_prefix() {
        for text in [
            "<login><username>a</username></login>",
            "<n1:login xmlns:n1=\"urn\"><n1:username>a</n1:username></n1:login>",
            "<x/><urn:login\n><username >a</username></urn:login>",
        ] {
            let login = element(text, "login").unwrap();
            assert!(login.contains("username"), "{text}");
        }
        assert_eq!(element("<a:logout/>", "logout"), Some(""));
        for text in ["", "<", "<login", "<login>", "<loginx></loginx>", "</login>"] {
            assert_eq!(element(text, "login"), None, "{text}");
        }
        assert_eq!(unescape(" a&amp;lt;&lt; "), "a&lt;<");
    }
}
