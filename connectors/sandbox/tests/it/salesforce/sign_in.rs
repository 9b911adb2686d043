//! Tokens: how they are had, refused, used and lost.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use connector_api::Value;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use super::harness::{DATA, Org, Reply, encode, reply};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const NOW_SECONDS: i64 = 1_795_209_042;

fn assertion(pem: &str, claims: &str) -> String {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap();
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn jwt(org: &Org, claims: &str) -> Reply {
    let assertion = assertion(&org.sandbox.credentials().salesforce.private_key, claims);
    org.token_request(&[("grant_type", JWT_BEARER), ("assertion", &assertion)])
        .await
}

fn refusal(reply: &Reply) -> (u16, &str, &str) {
    (
        reply.status,
        reply.text(&["error"]),
        reply.text(&["error_description"]),
    )
}

#[tokio::test]
async fn jwt_bearer_takes_what_clients_in_use_send() {
    let org = Org::start().await;
    let known = org.sandbox.credentials().salesforce;
    let (key, username, base) = (known.client_id, known.username, org.sandbox.base_url());
    let soon = NOW_SECONDS + 180;
    let taken = [
        ("https://login.salesforce.com".to_owned(), soon.to_string()),
        ("https://test.salesforce.com/".to_owned(), format!("\"{soon}\"")),
        (format!("{base}/"), format!("{NOW_SECONDS}800")),
        (base.to_owned(), format!("{soon}.25")),
    ];
    for (audience, expiry) in taken {
        let claims = format!(r#"{{"iss":"{key}","sub":"{username}","aud":"{audience}","exp":{expiry}}}"#);
        let reply = jwt(&org, &claims).await;
        assert_eq!(reply.status, 200, "{claims}: {reply:?}");
        let members: Vec<_> = reply.body.as_object().unwrap().keys().collect();
        assert_eq!(
            members,
            ["access_token", "scope", "instance_url", "id", "token_type"]
        );
        assert!(reply.text(&["access_token"]).starts_with("00D5f00000BzQ1k!"));
        assert_eq!(reply.text(&["instance_url"]), base);
    }
}

#[tokio::test]
async fn jwt_bearer_refuses_with_the_services_words() {
    let org = Org::start().await;
    let known = org.sandbox.credentials().salesforce;
    let (key, username) = (known.client_id, known.username);
    let login = "https://login.salesforce.com";
    let soon = NOW_SECONDS + 180;
    let refused = [
        (
            key.as_str(),
            "inbox@contoso.example",
            login,
            soon,
            ("invalid_grant", "user hasn't approved this consumer"),
        ),
        (
            &key,
            "nobody@contoso.example",
            login,
            soon,
            ("invalid_grant", "user hasn't approved this consumer"),
        ),
        (
            &key,
            "former.seller@contoso.example",
            login,
            soon,
            ("inactive_user", "user is inactive"),
        ),
        (
            &key,
            &username,
            "https://elsewhere.example",
            soon,
            ("invalid_grant", "audience is invalid"),
        ),
        (
            &key,
            &username,
            login,
            NOW_SECONDS,
            ("invalid_grant", "expired assertion"),
        ),
        (
            "no such key",
            &username,
            login,
            soon,
            ("invalid_client_id", "client identifier invalid"),
        ),
    ];
    for (issuer, subject, audience, expiry, (error, description)) in refused {
        let claims = format!(r#"{{"iss":"{issuer}","sub":"{subject}","aud":"{audience}","exp":{expiry}}}"#);
        let reply = jwt(&org, &claims).await;
        assert_eq!(refusal(&reply), (400, error, description), "{claims}");
    }
    let claims = format!(r#"{{"iss":"{key}","sub":"{username}","aud":"{login}","exp":{soon}}}"#);
    let mut forged = assertion(&known.private_key, &claims);
    let tail = forged.split_off(forged.len() - 8);
    forged.extend(tail.chars().rev());
    for assertion in [forged.as_str(), "", "a.b.c", "é"] {
        let reply = org
            .token_request(&[("grant_type", JWT_BEARER), ("assertion", assertion)])
            .await;
        assert_eq!(
            refusal(&reply),
            (400, "invalid_grant", "invalid assertion"),
            "{assertion}"
        );
    }
}

#[tokio::test]
async fn client_credentials_come_in_form_or_header() {
    let org = Org::start().await;
    let known = org.sandbox.credentials().salesforce;
    let basic = STANDARD.encode(format!("{}:{}", known.client_id, known.client_secret));
    let response = org
        .client
        .post(format!("{}/services/oauth2/token", org.sandbox.base_url()))
        .header("authorization", format!("Basic {basic}"))
        .form(&[("grant_type", "client_credentials")])
        .send()
        .await
        .unwrap();
    let reply = reply(response).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.text(&["issued_at"]), "1795209042500");
    assert_eq!(
        reply.text(&["access_token"]),
        org.token,
        "a living session is handed out again"
    );
    for (key, secret, expected) in [
        (
            known.client_id.as_str(),
            "wrong",
            (400, "invalid_client", "invalid client credentials"),
        ),
        (
            "wrong",
            "wrong",
            (400, "invalid_client_id", "client identifier invalid"),
        ),
        (
            "3MVG9sandbox.unassigned.consumer.key",
            "sandbox-unassigned-consumer-secret",
            (400, "invalid_grant", "no client credentials user enabled"),
        ),
    ] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", key),
            ("client_secret", secret),
        ];
        assert_eq!(refusal(&org.token_request(&form).await), expected);
    }
    let reply = org.token_request(&[("grant_type", "magic")]).await;
    assert_eq!(
        refusal(&reply),
        (400, "unsupported_grant_type", "grant type not supported")
    );
}

#[tokio::test]
async fn a_password_signs_a_person_in() {
    let org = Org::start().await;
    let seller = org.sandbox.credentials().salesforce.seller;
    let form = |password| {
        [
            ("grant_type", "password"),
            ("client_id", seller.client_id.as_str()),
            ("client_secret", seller.client_secret.as_str()),
            ("username", seller.username.as_str()),
            ("password", password),
        ]
    };
    let reply = org.token_request(&form("sandbox-passwordSECURITYTOKEN")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let token = reply.text(&["access_token"]).to_owned();
    let bearer = format!("Bearer {token}");
    let info = org
        .send(
            "GET",
            "/services/oauth2/userinfo",
            &[("authorization", &bearer)],
            None,
        )
        .await;
    assert_eq!(info.text(&["preferred_username"]), seller.username);
    let reply = org.token_request(&form("guess")).await;
    assert_eq!(refusal(&reply), (400, "invalid_grant", "authentication failure"));
}

#[tokio::test]
async fn a_code_becomes_tokens_and_rotation_ends_the_old_one() {
    let org = Org::start().await;
    let known = org.sandbox.credentials().salesforce;
    // Verifier and challenge are those of RFC 7636, appendix B.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let redirect = "http://localhost:1717/callback";
    let path = format!(
        "/services/oauth2/authorize?response_type=code&client_id={}&redirect_uri={}&state=a%20b\
         &code_challenge={challenge}&code_challenge_method=S256",
        known.client_id,
        encode(redirect)
    );
    let sent_back = org.send("GET", &path, &[], None).await;
    assert_eq!(sent_back.status, 302, "{sent_back:?}");
    let target = sent_back.header("location").unwrap();
    let (address, state) = target.split_once("&state=").unwrap();
    assert_eq!(state, "a%20b");
    let code = address.strip_prefix(&format!("{redirect}?code=")).unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", known.client_id.as_str()),
        ("redirect_uri", redirect),
        ("code", code),
        ("code_verifier", verifier),
    ];
    let reply = org.token_request(&form).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let first = reply.text(&["refresh_token"]).to_owned();
    assert_eq!(
        refusal(&org.token_request(&form).await),
        (400, "invalid_grant", "expired authorization code")
    );

    let refresh = |token: &str| {
        [
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", known.client_id.clone()),
            ("refresh_token", token.to_owned()),
        ]
    };
    let request = async |token: &str| {
        let form = refresh(token);
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        org.token_request(&form).await
    };
    let reply = request(&first).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.body.get("refresh_token"), None);
    org.admin("settings", r#"{"rotate_refresh_tokens":true}"#).await;
    let second = request(&first).await.text(&["refresh_token"]).to_owned();
    let expired = (400, "invalid_grant", "expired access/refresh token");
    assert_eq!(refusal(&request(&first).await), expired);
    assert_eq!(request(&second).await.status, 200);
}

#[tokio::test]
async fn a_lost_session_is_an_array_with_its_code() {
    let org = Org::start().await;
    assert_eq!(org.get("/limits").await.status, 200);
    org.admin("expire-tokens", "{}").await;
    let reply = org.get("/limits").await;
    assert_eq!(reply.status, 401);
    assert_eq!(
        reply.body.to_json(),
        r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#
    );
    let reply = org
        .send(
            "GET",
            &format!("{DATA}/limits"),
            &[("authorization", "Token abc")],
            None,
        )
        .await;
    assert_eq!(reply.error(), (401, "INVALID_AUTH_HEADER"));
    let known = org.sandbox.credentials().salesforce;
    let fresh = org.sign_in(&known.client_id, &known.client_secret).await;
    assert_ne!(fresh, org.token);
    let oauth = format!("OAuth {fresh}");
    let path = format!("{DATA}/limits");
    assert_eq!(
        org.send("GET", &path, &[("authorization", &oauth)], None)
            .await
            .status,
        200
    );
    org.advance(7_200).await;
    let reply = org.send("GET", &path, &[("authorization", &oauth)], None).await;
    assert_eq!(reply.error(), (401, "INVALID_SESSION_ID"));
}

#[tokio::test]
async fn a_revoked_token_is_dead() {
    let org = Org::start().await;
    let url = format!("{}/services/oauth2/revoke", org.sandbox.base_url());
    let revoke = async || {
        reply(
            org.client
                .post(&url)
                .form(&[("token", &org.token)])
                .send()
                .await
                .unwrap(),
        )
        .await
    };
    let first = revoke().await;
    assert_eq!((first.status, first.body), (200, Value::Null));
    assert_eq!(org.get("/limits").await.error(), (401, "INVALID_SESSION_ID"));
    assert_eq!(revoke().await.status, 400);
}

#[tokio::test]
async fn the_id_url_says_who_is_signed_in() {
    let org = Org::start().await;
    let info = org.send("GET", "/services/oauth2/userinfo", &[], None).await;
    let id_url = info.text(&["sub"]).to_owned();
    let path = id_url.strip_prefix(org.sandbox.base_url()).unwrap();
    let segments: Vec<_> = path.split('/').collect();
    assert_eq!(segments[..3], ["", "id", info.text(&["organization_id"])]);
    assert_eq!(segments[3], info.text(&["user_id"]));
    assert_eq!(segments[3].len(), 18);
    let with_token = format!("{path}?format=json&oauth_token={}", encode(&org.token));
    let reply = org
        .send("GET", &with_token, &[("authorization", "none")], None)
        .await;
    assert_eq!(reply.text(&["username"]), "integration@contoso.example");
    assert!(reply.text(&["urls", "rest"]).contains("{version}"));
    let reply = org
        .send("GET", path, &[("authorization", "Bearer nonsense")], None)
        .await;
    assert_eq!((reply.status, reply.body), (403, "Bad_OAuth_Token".into()));
}

#[tokio::test]
async fn versions_and_slashes_are_taken_as_clients_write_them() {
    let org = Org::start().await;
    let versions = org
        .send("GET", "/services/data", &[("authorization", "none")], None)
        .await;
    let all = versions.body.as_array().unwrap();
    assert_eq!(
        all.first().unwrap().get("version").unwrap().to_json(),
        r#""31.0""#
    );
    assert_eq!(
        all.last().unwrap().to_json(),
        r#"{"label":"Winter '27","url":"/services/data/v68.0","version":"68.0"}"#
    );
    assert!(
        versions
            .body
            .to_json()
            .contains(r#"{"label":"Summer '26","url":"/services/data/v67.0""#)
    );
    assert!(
        versions
            .body
            .to_json()
            .contains(r#"{"label":"Spring '26","url":"/services/data/v66.0""#)
    );
    for path in [
        "/services/data/v68.0/limits/",
        "//services/data/v68.0/limits",
        "/services//data/v31.0//limits/",
        "/services/data/v51.0/limits",
    ] {
        assert_eq!(org.send("GET", path, &[], None).await.status, 200, "{path}");
    }
    for (path, expected) in [
        ("/services/data/v30.0/limits", (410, "GONE")),
        ("/services/data/v20.0/limits", (404, "NOT_FOUND")),
        ("/services/data/v69.0/limits", (404, "NOT_FOUND")),
        ("/services/data/68.0/limits", (404, "NOT_FOUND")),
        ("/services/data/v68.0/nonsense", (404, "NOT_FOUND")),
        ("/services/data/v68.0/jobs/ingest", (404, "NOT_FOUND")),
        ("/services/nonsense", (404, "NOT_FOUND")),
    ] {
        assert_eq!(org.send("GET", path, &[], None).await.error(), expected, "{path}");
    }
    let resources = org.send("GET", "/services/data/v68.0/", &[], None).await;
    assert_eq!(resources.text(&["sobjects"]), "/services/data/v68.0/sobjects");
    assert!(resources.text(&["identity"]).contains("/id/00D5f00000BzQ1k"));
    let long = format!("{DATA}/query?q={}", "a".repeat(16_400));
    assert_eq!(org.send("GET", &long, &[], None).await.status, 414);
}

#[tokio::test]
async fn calls_are_counted_until_they_are_refused() {
    let org = Org::start().await;
    let reply = org.get("/limits").await;
    assert_eq!(reply.header("sforce-limit-info"), Some("api-usage=1/5000000"));
    assert_eq!(reply.json(&["DailyApiRequests", "Remaining"]), "4999999");
    org.admin("settings", r#"{"api_calls_max":3}"#).await;
    assert_eq!(
        org.get("/limits").await.header("sforce-limit-info"),
        Some("api-usage=2/3")
    );
    assert_eq!(org.get("/limits").await.status, 200);
    let refused = org.get("/limits").await;
    assert_eq!(refused.error(), (403, "REQUEST_LIMIT_EXCEEDED"));
    assert_eq!(refused.text(&["0", "message"]), "TotalRequests Limit exceeded.");
    org.admin("settings", r#"{"session_seconds":1000000}"#).await;
    org.advance(24 * 3_600).await;
    assert_eq!(
        org.get("/limits").await.status,
        200,
        "the count is of the last 24 hours"
    );
}

#[tokio::test]
async fn the_old_login_works_where_it_still_exists() {
    let org = Org::start().await;
    let seller = org.sandbox.credentials().salesforce.seller.username;
    let call = async |version: &str, body: String| {
        let url = format!("{}/services/Soap/u/{version}", org.sandbox.base_url());
        let text = format!("<e:Envelope xmlns:e=\"x\"><e:Body>{body}</e:Body></e:Envelope>");
        let request = org.client.post(url).header("content-type", "text/xml").body(text);
        reply(request.send().await.unwrap()).await
    };
    let login = |password: &str| {
        format!(
            "<n1:login><n1:username>{seller}</n1:username><n1:password>{password}</n1:password></n1:login>"
        )
    };
    let granted = call("64.0", login("sandbox-passwordTOKEN")).await;
    assert_eq!(granted.status, 200, "{granted:?}");
    assert_eq!(granted.header("content-type"), Some("text/xml;charset=UTF-8"));
    let text = granted.text(&[]);
    let (_, rest) = text.split_once("<sessionId>").unwrap();
    let (session, _) = rest.split_once("</sessionId>").unwrap();
    let bearer = format!("Bearer {session}");
    let path = format!("{DATA}/limits");
    let with_session = [("authorization", bearer.as_str())];
    assert_eq!(org.send("GET", &path, &with_session, None).await.status, 200);
    let logout = format!("<logout/><SessionHeader><sessionId>{session}</sessionId></SessionHeader>");
    assert_eq!(call("64.0", logout).await.status, 200);
    assert_eq!(org.send("GET", &path, &with_session, None).await.status, 401);

    for (version, body, code) in [
        ("64.0", login("guess"), "INVALID_LOGIN"),
        ("65.0", login("sandbox-password"), "UNSUPPORTED_API_VERSION"),
        ("64.0", "<convertLead/>".to_owned(), "UNKNOWN_EXCEPTION"),
    ] {
        let refused = call(version, body).await;
        assert_eq!(refused.status, 500, "{code}");
        assert!(
            refused
                .text(&[])
                .contains(&format!("<sf:exceptionCode>{code}</sf:exceptionCode>")),
            "{refused:?}"
        );
    }
}
