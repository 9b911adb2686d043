//! What the service says when it refuses, as operation errors: class by its code first, then by the status.

use connector_api::{ErrorClass, OperationError, Value};
use connector_http::Response;

/// Codes of rows that failed only because a sibling did.
const FOLLOWING: [&str; 2] = ["PROCESSING_HALTED", "ALL_OR_NONE_OPERATION_ROLLED_BACK"];
/// How many errors of one answer are put into words.
const MESSAGES_MAX: usize = 5;

/// One error as the service writes it.
struct Fault<'a> {
    code: &'a str,
    message: &'a str,
    field: Option<&'a str>,
}

/// The error of an answer that is not what was asked for.
pub(crate) fn of_response(response: &Response) -> OperationError {
    let base = connector_http::classify::error_of(response);
    match response.json() {
        Ok(body) => of_body(&body, Some(response.status), base),
        Err(error) if response.is_success() => error,
        Err(_) => base,
    }
}

/// The error of one part of a composite answer, which has a status and a body of its own. `harmless` says that
/// sending it twice does no harm.
pub(crate) fn of_part(status: u16, body: &Value, harmless: bool) -> OperationError {
    let class = connector_http::classify::class_of(status, harmless);
    let base = OperationError {
        status: Some(status),
        body: Some(body.clone()),
        ..OperationError::new(
            class,
            format!("http_{status}"),
            format!("the service answered {status} without saying why"),
        )
    };
    of_body(body, Some(status), base)
}

/// The error of one row of a collection answer: its `errors`, without a status.
pub(crate) fn of_row(errors: &Value) -> OperationError {
    let base = OperationError {
        body: Some(errors.clone()),
        ..OperationError::new(
            ErrorClass::UnexpectedResponse,
            "unexplained_failure",
            "the service refused the record without saying why",
        )
    };
    of_body(errors, None, base)
}

/// Whether the failure only follows from another one in the same answer.
pub(crate) fn is_following(error: &OperationError) -> bool {
    FOLLOWING.contains(&error.code.as_str())
}

/// Whether the service says that the record has been deleted before.
pub(crate) fn is_deleted(error: &OperationError) -> bool {
    error.code == "ENTITY_IS_DELETED"
}

/// Whether an upsert lost the race for its external id against another one: tried again, it finds the record.
pub(crate) fn is_lost_race(error: &OperationError, external_id_field: &str) -> bool {
    error.code == "DUPLICATE_VALUE"
        && (error
            .message
            .to_ascii_lowercase()
            .contains(&external_id_field.to_ascii_lowercase())
            || error
                .field
                .as_deref()
                .is_some_and(|field| field.eq_ignore_ascii_case(external_id_field)))
}

/// The error for an external id that several records carry. `body` is the list of their addresses.
pub(crate) fn ambiguous(status: u16, external_id_field: &str, body: &Value) -> OperationError {
    let ids: Vec<&str> = body
        .as_array()
        .unwrap_or_default()
        .iter()
        .filter_map(|address| address.as_str()?.rsplit('/').next())
        .collect();
    OperationError {
        status: Some(status),
        field: Some(external_id_field.to_owned()),
        body: Some(body.clone()),
        ..OperationError::new(
            ErrorClass::Rejected,
            "ambiguous_external_id",
            format!(
                "several records carry this `{external_id_field}`: {}; keep it on one of them only",
                ids.join(", ")
            ),
        )
    }
}

/// The error of a sign-in: `error` and `error_description` are all that is quoted.
pub(crate) fn of_sign_in(response: &Response) -> OperationError {
    let base = OperationError {
        status: Some(response.status),
        retry_after_ms: response.retry_after_ms(),
        ..OperationError::new(
            match response.class() {
                ErrorClass::Rejected | ErrorClass::Conflict => ErrorClass::Unauthorized,
                other => other,
            },
            "sign_in_failed",
            format!("the sign-in was answered with {}", response.status),
        )
    };
    let Ok(body) = response.json() else { return base };
    let Some(code) = body.get("error").and_then(Value::as_str) else {
        return base;
    };
    let description = body.get("error_description").and_then(Value::as_str);
    OperationError {
        class: match code {
            "rate_limit_exceeded" => ErrorClass::RateLimited,
            _ if response.status < 500 => ErrorClass::Unauthorized,
            _ => base.class,
        },
        code: code.to_owned(),
        message: description.map_or_else(|| code.to_owned(), |text| format!("{code}: {text}")),
        ..base
    }
}

fn of_body(body: &Value, status: Option<u16>, base: OperationError) -> OperationError {
    let faults = faults(body);
    let Some(first) = faults
        .iter()
        .find(|fault| !FOLLOWING.contains(&fault.code))
        .or_else(|| faults.first())
    else {
        return base;
    };
    let told: Vec<&str> = faults
        .iter()
        .filter(|fault| !FOLLOWING.contains(&fault.code) || faults.len() == 1)
        .map(|fault| fault.message)
        .filter(|message| !message.is_empty())
        .take(MESSAGES_MAX)
        .collect();
    let message = if told.is_empty() {
        first.code.to_owned()
    } else {
        told.join("; ")
    };
    let class = class_of_code(first.code, &message).unwrap_or(match status {
        None => ErrorClass::Rejected,
        Some(_) => base.class,
    });
    OperationError {
        class,
        code: first.code.to_owned(),
        message,
        field: first.field.map(str::to_owned),
        body: Some(with_one_spelling(body)),
        ..base
    }
}

fn class_of_code(code: &str, message: &str) -> Option<ErrorClass> {
    Some(match code {
        "INVALID_SESSION_ID" | "INVALID_AUTH_HEADER" => ErrorClass::Unauthorized,
        "REQUEST_LIMIT_EXCEEDED" => ErrorClass::RateLimited,
        "UNABLE_TO_LOCK_ROW"
        | "QUERY_TIMEOUT"
        | "REQUEST_RUNNING_TOO_LONG"
        | "API_CURRENTLY_DISABLED"
        | "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE" => ErrorClass::Transient,
        // A trigger or flow of the org failed; it may have failed for want of a lock only.
        _ if message.contains("UNABLE_TO_LOCK_ROW") => ErrorClass::Transient,
        "MATCH_PRECONDITION_FAILED" => ErrorClass::Conflict,
        "UNKNOWN_EXCEPTION" | "INTERNAL_ERROR" | "SERVER_UNAVAILABLE" => return None,
        "MATCH_PRECONDITION_REQUIRED" | "GONE" | "UNSUPPORTED_API_VERSION" => ErrorClass::Rejected,
        _ => return None,
    })
}

fn faults(body: &Value) -> Vec<Fault<'_>> {
    match body {
        Value::Array(items) => items.iter().filter_map(fault).collect(),
        other => fault(other).into_iter().collect(),
    }
}

fn fault(value: &Value) -> Option<Fault<'_>> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    Some(Fault {
        code: text("errorCode").or_else(|| text("statusCode"))?,
        message: text("message").unwrap_or_default(),
        field: value
            .get("fields")
            .and_then(Value::as_array)
            .and_then(|fields| fields.first())
            .and_then(Value::as_str),
    })
}

/// The matches of a duplicate rule come under a misspelt name in most versions; flows shall need to know one.
fn with_one_spelling(body: &Value) -> Value {
    let respelt = |item: &Value| match item {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let name = if name == "duplicateResut" {
                    "duplicateResult"
                } else {
                    name
                };
                (name.to_owned(), value.clone())
            })
            .collect(),
        other => other.clone(),
    };
    match body {
        Value::Array(items) => Value::Array(items.iter().map(respelt).collect()),
        other => respelt(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, body: &str) -> OperationError {
        of_response(&Response::new(status, Vec::new(), body))
    }

    #[test]
    fn codes_come_before_the_status() {
        use ErrorClass::*;
        for (status, code, message, class) in [
            (
                401,
                "INVALID_SESSION_ID",
                "Session expired or invalid",
                Unauthorized,
            ),
            (
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "TotalRequests Limit exceeded.",
                RateLimited,
            ),
            (403, "API_DISABLED_FOR_ORG", "no", Rejected),
            (
                400,
                "UNABLE_TO_LOCK_ROW",
                "unable to obtain exclusive access",
                Transient,
            ),
            (
                400,
                "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                "Trigger: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access",
                Transient,
            ),
            (
                400,
                "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                "Trigger: null pointer",
                Rejected,
            ),
            (412, "MATCH_PRECONDITION_FAILED", "changed", Conflict),
            (
                400,
                "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                "The admin's text",
                Rejected,
            ),
            (400, "SOMETHING_NEW", "who knows", Rejected),
            (
                404,
                "NOT_FOUND",
                "The requested resource does not exist",
                Rejected,
            ),
            (
                500,
                "UNKNOWN_EXCEPTION",
                "An unexpected error occurred.",
                Transient,
            ),
            (503, "SERVER_UNAVAILABLE", "busy", Transient),
            (410, "GONE", "retired", Rejected),
        ] {
            let body = format!(r#"[{{"message":"{message}","errorCode":"{code}"}}]"#);
            let error = error(status, &body);
            assert_eq!(
                (
                    error.class,
                    error.code.as_str(),
                    error.message.as_str(),
                    error.status
                ),
                (class, code, message, Some(status))
            );
        }
    }

    #[test]
    fn bodies_come_in_several_forms() {
        let array = error(
            400,
            r#"[{"message":"Name: data value too large","errorCode":"STRING_TOO_LONG","fields":["Name"]},
                {"message":"second","errorCode":"X"}]"#,
        );
        assert_eq!(array.field.as_deref(), Some("Name"));
        assert_eq!(array.message, "Name: data value too large; second");
        let bare = error(404, r#"{"message":"gone","errorCode":"NOT_FOUND"}"#);
        assert_eq!((bare.code.as_str(), bare.message.as_str()), ("NOT_FOUND", "gone"));
        let page = error(503, "<html><body><h1>Down for maintenance</h1></body></html>");
        assert_eq!(page.class, ErrorClass::Transient);
        assert!(page.message.contains("Down for maintenance"), "{page}");
        let silent = error(400, "[]");
        assert_eq!(
            (silent.class, silent.code.as_str()),
            (ErrorClass::Rejected, "http_400")
        );
        let wrong = error(200, "<html>Sign in</html>");
        assert_eq!(wrong.class, ErrorClass::UnexpectedResponse);
    }

    #[test]
    fn a_412_without_body_is_a_conflict() {
        assert_eq!(error(412, "").class, ErrorClass::Conflict);
    }

    #[test]
    fn rows_say_status_code_and_leave_followers_aside() {
        let errors = Value::from_json(
            r#"[{"statusCode":"REQUIRED_FIELD_MISSING","message":"Required fields are missing: [Name]","fields":["Name"]}]"#,
        )
        .unwrap();
        let error = of_row(&errors);
        assert_eq!(error.class, ErrorClass::Rejected);
        assert_eq!(error.code, "REQUIRED_FIELD_MISSING");
        assert_eq!(error.field.as_deref(), Some("Name"));
        let follower = Value::from_json(r#"[{"errorCode":"PROCESSING_HALTED","message":"halted"}]"#).unwrap();
        assert!(is_following(&of_part(400, &follower, false)));
        assert_eq!(
            of_row(&Value::Array(Vec::new())).class,
            ErrorClass::UnexpectedResponse
        );
    }

    #[test]
    fn duplicate_matches_are_kept_under_one_spelling() {
        for spelling in ["duplicateResut", "duplicateResult"] {
            let body = format!(
                r#"[{{"{spelling}":{{"allowSave":true,"matchResults":[{{"matchRecords":[{{"record":{{"Id":"001000000000001AAA"}}}}]}}]}},
                   "errorCode":"DUPLICATES_DETECTED","message":"Use one of these records?"}}]"#
            );
            let error = error(400, &body);
            assert_eq!(error.class, ErrorClass::Rejected);
            let body = error.body.unwrap();
            let id = body.at(&[
                "0",
                "duplicateResult",
                "matchResults",
                "0",
                "matchRecords",
                "0",
                "record",
                "Id",
            ]);
            assert_eq!(id.and_then(Value::as_str), Some("001000000000001AAA"));
        }
    }

    #[test]
    fn an_ambiguous_external_id_lists_the_records() {
        let body = Value::from_json(
            r#"["/services/data/v68.0/sobjects/Opportunity/006000000000001AAA",
                "/services/data/v68.0/sobjects/Opportunity/006000000000002AAA"]"#,
        )
        .unwrap();
        let error = ambiguous(300, "Referral_Identifier__c", &body);
        assert_eq!(error.class, ErrorClass::Rejected);
        assert!(
            error.message.contains("006000000000001AAA, 006000000000002AAA"),
            "{error}"
        );
    }

    #[test]
    fn sign_in_errors_quote_the_vendor() {
        for (status, body, class, message) in [
            (
                400,
                r#"{"error":"invalid_grant","error_description":"user hasn't approved this consumer"}"#,
                ErrorClass::Unauthorized,
                "invalid_grant: user hasn't approved this consumer",
            ),
            (
                400,
                r#"{"error":"inactive_org"}"#,
                ErrorClass::Unauthorized,
                "inactive_org",
            ),
            (
                400,
                r#"{"error":"rate_limit_exceeded","error_description":"slow"}"#,
                ErrorClass::RateLimited,
                "rate_limit_exceeded: slow",
            ),
            (
                404,
                "<html>",
                ErrorClass::Unauthorized,
                "the sign-in was answered with 404",
            ),
            (
                503,
                "<html>",
                ErrorClass::Transient,
                "the sign-in was answered with 503",
            ),
        ] {
            let error = of_sign_in(&Response::new(status, Vec::new(), body));
            assert_eq!((error.class, error.message.as_str()), (class, message));
        }
    }

    #[test]
    fn only_the_external_id_itself_is_a_lost_race() {
        let error = |message: &str| OperationError::new(ErrorClass::Rejected, "DUPLICATE_VALUE", message);
        let lost = error(
            "duplicate value found: Referral_Identifier__c duplicates value on record with id: 006000000000001",
        );
        assert!(is_lost_race(&lost, "referral_identifier__c"));
        assert!(!is_lost_race(&lost, "Other__c"));
    }
}
