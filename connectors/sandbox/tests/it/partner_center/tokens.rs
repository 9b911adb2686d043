//! The token endpoints and what a token is good for.

use super::bench::{Bench, COLLECTION, REFERRALS, WEBHOOKS};

#[tokio::test]
async fn the_first_version_answers_numbers_as_text() {
    let bench = Bench::start().await;
    let refresh = bench.credentials.partner_center.refresh_token.clone();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
        ("resource", REFERRALS),
        ("scope", "openid"),
    ];
    let answer = bench.login("oauth2/token", &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    for (name, value) in [
        ("token_type", "Bearer"),
        ("scope", "user_impersonation"),
        ("expires_in", "3599"),
        ("ext_expires_in", "3599"),
        ("resource", REFERRALS),
    ] {
        assert_eq!(answer.string(&[name]), value, "{name}");
    }
    let on: i64 = answer.string(&["expires_on"]).parse().unwrap();
    let before: i64 = answer.string(&["not_before"]).parse().unwrap();
    assert_eq!(on - before, 3599);
    let rotated = answer.string(&["refresh_token"]);
    assert_ne!(rotated, refresh);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", rotated.as_str()),
        ("resource", WEBHOOKS),
    ];
    assert_eq!(bench.login("oauth2/token", &form).await.status, 200);
}

#[tokio::test]
async fn the_second_version_answers_numbers() {
    let bench = Bench::start().await;
    let refresh = bench.credentials.partner_center.refresh_token.clone();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
        (
            "scope",
            "https://api.partner.microsoft.com/.default offline_access",
        ),
    ];
    let answer = bench.login("oauth2/v2.0/token", &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.at(&["expires_in"]).as_i64(), Some(3599));
    assert_ne!(answer.string(&["refresh_token"]), refresh);
    let path = format!("{COLLECTION}?$top=1");
    let bearer = format!("Bearer {}", answer.string(&["access_token"]));
    assert_eq!(
        bench
            .raw("GET", &path, &[("authorization", &bearer)], "")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn refusals_name_their_reason() {
    let bench = Bench::start().await;
    let refresh = bench.credentials.partner_center.refresh_token.clone();
    let refresh = refresh.as_str();
    let own = "refresh_token";
    for (form, status, error) in [
        (vec![("resource", REFERRALS)], 400, "invalid_request"),
        (vec![("grant_type", "magic")], 400, "unsupported_grant_type"),
        (
            vec![("grant_type", own), (own, "wrong"), ("resource", REFERRALS)],
            400,
            "invalid_grant",
        ),
        (
            vec![
                ("grant_type", own),
                (own, refresh),
                ("resource", "https://graph.microsoft.com"),
            ],
            400,
            "invalid_resource",
        ),
        (vec![("grant_type", own), (own, refresh)], 400, "invalid_request"),
        (
            vec![
                ("grant_type", own),
                (own, refresh),
                ("resource", REFERRALS),
                ("client_secret", "wrong"),
            ],
            401,
            "invalid_client",
        ),
        (
            vec![
                ("grant_type", own),
                (own, refresh),
                ("resource", REFERRALS),
                ("client_secret", "-"),
            ],
            401,
            "invalid_client",
        ),
        (
            vec![("grant_type", "client_credentials"), ("client_id", "x")],
            400,
            "unauthorized_client",
        ),
        (
            vec![
                ("grant_type", "password"),
                ("resource", REFERRALS),
                ("username", "a"),
                ("password", "b"),
            ],
            400,
            "invalid_grant",
        ),
        (
            vec![
                ("grant_type", "authorization_code"),
                ("resource", REFERRALS),
                ("code", "x"),
            ],
            400,
            "invalid_grant",
        ),
    ] {
        let answer = bench.login("oauth2/token", &form).await;
        assert_eq!(
            (answer.status, answer.string(&["error"]).as_str()),
            (status, error),
            "{form:?}"
        );
        let number = answer.at(&["error_codes", "0"]).as_i64().unwrap();
        let description = answer.string(&["error_description"]);
        assert!(
            description.starts_with(&format!("AADSTS{number}: ")),
            "{description}"
        );
    }
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    assert_eq!(
        bench.login("oauth2/v2.0/token", &form).await.string(&["error"]),
        "invalid_scope"
    );
}

#[tokio::test]
async fn a_token_is_for_one_audience() {
    let bench = Bench::start().await;
    let hook = format!("Bearer {}", bench.hook_token);
    let referral = format!("Bearer {}", bench.token);
    let events = "/webhooks/v1/registration/events";
    for (path, token, status) in [
        (COLLECTION, referral.as_str(), 200),
        (COLLECTION, hook.as_str(), 401),
        (COLLECTION, "Bearer nonsense", 401),
        (COLLECTION, "Basic abc", 401),
        (events, hook.as_str(), 200),
        (events, referral.as_str(), 401),
    ] {
        let answer = bench.raw("GET", path, &[("authorization", token)], "").await;
        assert_eq!(answer.status, status, "{path}");
    }
    let answer = bench.raw("GET", COLLECTION, &[], "").await;
    assert_eq!(answer.error(), (401, "unauthenticated".to_owned()));
    let answer = bench.raw("GET", events, &[], "").await;
    assert_eq!((answer.status, answer.string(&["code"]).as_str()), (401, "400"));
    assert!(answer.header("www-authenticate").starts_with("OAuth realm="));
}

#[tokio::test]
async fn an_application_alone_may_register_webhooks_and_not_read_referrals() {
    let bench = Bench::start().await;
    let mut tokens = Vec::new();
    for resource in [REFERRALS, WEBHOOKS] {
        let form = [("grant_type", "client_credentials"), ("resource", resource)];
        let answer = bench.login("oauth2/token", &form).await;
        assert!(answer.at(&["refresh_token"]).is_null());
        tokens.push(format!("Bearer {}", answer.string(&["access_token"])));
    }
    let answer = bench
        .raw("GET", COLLECTION, &[("authorization", &tokens[0])], "")
        .await;
    assert_eq!(answer.error(), (403, "accessDenied".to_owned()));
    let headers = [("authorization", tokens[1].as_str())];
    let answer = bench
        .raw("GET", "/webhooks/v1/registration/events", &headers, "")
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn tokens_end() {
    let mut bench = Bench::start().await;
    assert_eq!(bench.list("").await.status, 200);
    bench.admin("clock", r#"{"advance_seconds": 3598}"#).await;
    assert_eq!(bench.list("").await.status, 200);
    bench.admin("clock", r#"{"advance_seconds": 2}"#).await;
    assert_eq!(bench.list("").await.error(), (401, "unauthenticated".to_owned()));
    bench.sign_in().await;
    assert_eq!(bench.list("").await.status, 200);
    bench.admin("tokens", r#"{"expire": true}"#).await;
    assert_eq!(bench.list("").await.status, 401);
    bench.sign_in().await;
    bench.admin("tokens", r#"{"require_mfa": true}"#).await;
    let answer = bench.list("").await;
    assert_eq!(answer.error(), (403, "accessDenied".to_owned()));
    assert_eq!(
        answer.string(&["error", "innerError", "code"]),
        "insufficent_claims"
    );
    bench
        .admin("tokens", r#"{"require_mfa": false, "revoke_refresh": true}"#)
        .await;
    assert_eq!(bench.list("").await.status, 200);
    let refresh = bench.credentials.partner_center.refresh_token.clone();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
        ("resource", REFERRALS),
    ];
    let answer = bench.login("oauth2/token", &form).await;
    assert_eq!(answer.string(&["error"]), "invalid_grant");
}

#[tokio::test]
async fn a_device_code_signs_in_without_a_secret() {
    let bench = Bench::start().await;
    bench.admin("tokens", r#"{"auto_approve": false}"#).await;
    let scope = "https://api.partner.microsoft.com/.default offline_access";
    let begin = [("scope", scope), ("client_secret", "-")];
    for decline in [false, true] {
        let code = bench.login("oauth2/v2.0/devicecode", &begin).await;
        assert_eq!(code.status, 200, "{}", code.text);
        assert_eq!(code.at(&["expires_in"]).as_i64(), Some(900));
        let (device, user) = (code.string(&["device_code"]), code.string(&["user_code"]));
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", device.as_str()),
            ("client_secret", "-"),
        ];
        for _ in 0..3 {
            let answer = bench.login("oauth2/v2.0/token", &form).await;
            assert_eq!(
                (answer.status, answer.string(&["error"]).as_str()),
                (400, "authorization_pending")
            );
        }
        let page = format!("/sandbox/device-login?user_code={user}&decline={decline}");
        assert_eq!(bench.raw("GET", &page, &[], "").await.status, 204);
        let answer = bench.login("oauth2/v2.0/token", &form).await;
        if decline {
            assert_eq!(answer.string(&["error"]), "authorization_declined");
            continue;
        }
        let refresh = answer.string(&["refresh_token"]);
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.as_str()),
            ("scope", scope),
            ("client_secret", "-"),
        ];
        assert_eq!(bench.login("oauth2/v2.0/token", &form).await.status, 200);
    }
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", "unknown"),
    ];
    let answer = bench.login("oauth2/v2.0/token", &form).await;
    assert_eq!(answer.string(&["error"]), "bad_verification_code");
}

#[tokio::test]
async fn a_device_code_approves_itself_and_expires() {
    let bench = Bench::start().await;
    let begin = [(
        "scope",
        "https://api.partnercenter.microsoft.com/user_impersonation",
    )];
    let mut answers = Vec::new();
    for wait in [0, 901] {
        let code = bench.login("oauth2/v2.0/devicecode", &begin).await;
        let device = code.string(&["device_code"]);
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", device.as_str()),
        ];
        bench
            .admin("clock", &format!(r#"{{"advance_seconds": {wait}}}"#))
            .await;
        for _ in 0..2 {
            answers.push(bench.login("oauth2/v2.0/token", &form).await);
        }
    }
    assert_eq!(answers[0].string(&["error"]), "authorization_pending");
    assert_eq!(answers[1].status, 200);
    assert!(
        answers[1].at(&["refresh_token"]).is_null(),
        "offline_access was not asked for"
    );
    assert_eq!(answers[2].string(&["error"]), "expired_token");
    assert_eq!(answers[3].string(&["error"]), "expired_token");
}
