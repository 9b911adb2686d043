//! Tokens to a query.

use super::ast::{Comparison, Condition, Item, Literal, Order, Path, PlacedLiteral, Select};
use super::lex::{Placed, Token, lex, located};
use crate::salesforce::error::ApiError;

/// How deep parentheses and subqueries may nest.
const DEPTH_MAX: usize = 50;
/// Rows an offset may skip.
const OFFSET_MAX: usize = 2_000;
/// Names in a path: five parents and a field.
const PATH_NAMES_MAX: usize = 6;
/// What follows FROM and therefore is no alias.
const CLAUSES: [&str; 10] = [
    "USING", "WHERE", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "ALL",
];

/// Reads a whole query.
pub(crate) fn parse(query: &str) -> Result<Select, ApiError> {
    let tokens = lex(query)?;
    let mut parser = Parser {
        query,
        tokens,
        next: 0,
        depth: 0,
    };
    let select = parser.select()?;
    match parser.peek() {
        Token::End => Ok(select),
        _ => Err(parser.unexpected()),
    }
}

struct Parser<'q> {
    query: &'q str,
    tokens: Vec<Placed>,
    next: usize,
    depth: usize,
}

impl Parser<'_> {
    fn select(&mut self) -> Result<Select, ApiError> {
        self.expect_word("SELECT")?;
        let mut items = vec![self.item()?];
        while self.take_symbol(",") {
            items.push(self.item()?);
        }
        self.expect_word("FROM")?;
        let from = self.path()?;
        let alias = self.alias();
        if self.take_word("USING") {
            self.expect_word("SCOPE")?;
            self.word()?;
        }
        let condition = if self.take_word("WHERE") {
            Some(self.condition()?)
        } else {
            None
        };
        if self.take_word("WITH") && !self.take_word("SECURITY_ENFORCED") && !self.take_word("USER_MODE") {
            return Err(self.unexpected());
        }
        let mut group_by = Vec::new();
        if self.take_word("GROUP") {
            self.expect_word("BY")?;
            group_by.push(self.path()?);
            while self.take_symbol(",") {
                group_by.push(self.path()?);
            }
        }
        let mut order = Vec::new();
        if self.take_word("ORDER") {
            self.expect_word("BY")?;
            order.push(self.order()?);
            while self.take_symbol(",") {
                order.push(self.order()?);
            }
        }
        let limit = if self.take_word("LIMIT") {
            Some(self.count()?)
        } else {
            None
        };
        let offset = if self.take_word("OFFSET") {
            self.count()?
        } else {
            0
        };
        if offset > OFFSET_MAX {
            return Err(ApiError::new(
                400,
                "NUMBER_OUTSIDE_VALID_RANGE",
                format!("Maximum SOQL offset allowed is {OFFSET_MAX}"),
            ));
        }
        if self.take_word("FOR")
            && !["VIEW", "REFERENCE", "UPDATE"]
                .iter()
                .any(|purpose| self.take_word(purpose))
        {
            return Err(self.unexpected());
        }
        Ok(Select {
            items,
            from,
            alias,
            condition,
            group_by,
            order,
            limit,
            offset,
        })
    }

    fn item(&mut self) -> Result<Item, ApiError> {
        if self.peek_symbol("(") {
            self.deeper()?;
            self.advance();
            let select = self.select()?;
            self.expect_symbol(")")?;
            self.depth -= 1;
            return Ok(Item::Subquery(Box::new(select)));
        }
        let at = self.place();
        let path = self.path()?;
        if !self.take_symbol("(") {
            return Ok(Item::Field(path));
        }
        let function = path.names.join(".");
        if function.eq_ignore_ascii_case("FIELDS") {
            let group = self.word()?;
            self.expect_symbol(")")?;
            return Ok(Item::Fields { group, at });
        }
        let argument = if self.peek_symbol(")") {
            None
        } else {
            Some(self.path()?)
        };
        self.expect_symbol(")")?;
        let alias = match self.peek() {
            Token::Word(word) if !word.eq_ignore_ascii_case("FROM") => Some(self.word()?),
            _ => None,
        };
        Ok(Item::Call {
            function,
            argument,
            alias,
            at,
        })
    }

    fn order(&mut self) -> Result<Order, ApiError> {
        let path = self.path()?;
        let descending = !self.take_word("ASC") && self.take_word("DESC");
        let mut nulls_last = false;
        if self.take_word("NULLS") {
            nulls_last = self.take_word("LAST");
            if !nulls_last {
                self.expect_word("FIRST")?;
            }
        }
        Ok(Order {
            path,
            descending,
            nulls_last,
        })
    }

    /// AND and OR do not mix without parentheses.
    fn condition(&mut self) -> Result<Condition, ApiError> {
        let first = self.negation()?;
        for (keyword, all) in [("AND", true), ("OR", false)] {
            if !self.peek_word(keyword) {
                continue;
            }
            let mut parts = vec![first];
            while self.take_word(keyword) {
                parts.push(self.negation()?);
            }
            if self.peek_word("AND") || self.peek_word("OR") {
                return Err(self.unexpected());
            }
            return Ok(if all {
                Condition::And(parts)
            } else {
                Condition::Or(parts)
            });
        }
        Ok(first)
    }

    fn negation(&mut self) -> Result<Condition, ApiError> {
        self.deeper()?;
        let condition = if self.take_word("NOT") {
            Condition::Not(Box::new(self.negation()?))
        } else if self.take_symbol("(") {
            let inner = self.condition()?;
            self.expect_symbol(")")?;
            inner
        } else {
            self.predicate()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn predicate(&mut self) -> Result<Condition, ApiError> {
        let path = self.path()?;
        let comparisons = [
            ("=", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<>", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        for (symbol, comparison) in comparisons {
            if self.take_symbol(symbol) {
                return Ok(Condition::Compare(path, comparison, self.literal()?));
            }
        }
        if self.take_word("LIKE") {
            return Ok(Condition::Like(path, self.literal()?));
        }
        if self.take_word("NOT") {
            self.expect_word("IN")?;
            return self.membership(path, true);
        }
        if self.take_word("IN") {
            return self.membership(path, false);
        }
        for (keyword, negated) in [("INCLUDES", false), ("EXCLUDES", true)] {
            if self.take_word(keyword) {
                let literals = self.literals()?;
                return Ok(Condition::Includes {
                    path,
                    negated,
                    literals,
                });
            }
        }
        Err(self.unexpected())
    }

    fn membership(&mut self, path: Path, negated: bool) -> Result<Condition, ApiError> {
        let select_follows = self.peek_symbol("(")
            && matches!(self.tokens.get(self.next + 1), Some(Placed { token: Token::Word(word), .. }) if word.eq_ignore_ascii_case("SELECT"));
        if select_follows {
            self.deeper()?;
            self.advance();
            let select = Box::new(self.select()?);
            self.expect_symbol(")")?;
            self.depth -= 1;
            return Ok(Condition::InSelect {
                path,
                negated,
                select,
            });
        }
        let literals = self.literals()?;
        Ok(Condition::In {
            path,
            negated,
            literals,
        })
    }

    fn literals(&mut self) -> Result<Vec<PlacedLiteral>, ApiError> {
        self.expect_symbol("(")?;
        let mut literals = vec![self.literal()?];
        while self.take_symbol(",") {
            literals.push(self.literal()?);
        }
        self.expect_symbol(")")?;
        Ok(literals)
    }

    fn literal(&mut self) -> Result<PlacedLiteral, ApiError> {
        let at = self.place();
        let literal = match self.peek().clone() {
            Token::Text(raw) => Literal::Text(raw),
            Token::Number(text) => Literal::Number(text),
            Token::Word(word) => match word.to_ascii_uppercase().as_str() {
                "TRUE" => Literal::Boolean(true),
                "FALSE" => Literal::Boolean(false),
                "NULL" => Literal::Null,
                _ => {
                    self.advance();
                    let count = if self.take_symbol(":") {
                        Some(self.count()? as i64)
                    } else {
                        None
                    };
                    return Ok(PlacedLiteral {
                        literal: Literal::Days { word, count },
                        at,
                    });
                }
            },
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(PlacedLiteral { literal, at })
    }

    fn path(&mut self) -> Result<Path, ApiError> {
        let at = self.place();
        let mut names = vec![self.word()?];
        while self.take_symbol(".") {
            names.push(self.word()?);
        }
        if names.len() > PATH_NAMES_MAX {
            return Err(located(
                "MALFORMED_QUERY",
                self.query,
                at,
                "only 5 levels of parent relationships can be followed",
            ));
        }
        Ok(Path { names, at })
    }

    fn alias(&mut self) -> Option<String> {
        match self.peek() {
            Token::Word(word) if !CLAUSES.iter().any(|clause| word.eq_ignore_ascii_case(clause)) => {
                let word = word.clone();
                self.advance();
                Some(word)
            }
            _ => None,
        }
    }

    fn count(&mut self) -> Result<usize, ApiError> {
        let count = match self.peek() {
            Token::Number(text) => text.parse().ok(),
            _ => None,
        };
        let count = count.ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(count)
    }

    fn word(&mut self) -> Result<String, ApiError> {
        match self.peek().clone() {
            Token::Word(word) if !word.eq_ignore_ascii_case("FROM") => {
                self.advance();
                Ok(word)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn deeper(&mut self) -> Result<(), ApiError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(ApiError::new(
                400,
                "QUERY_TOO_COMPLICATED",
                "Query is too complicated: conditions or subqueries nest too deep.",
            ));
        }
        Ok(())
    }

    fn peek(&self) -> &Token {
        self.tokens
            .get(self.next)
            .map_or(&Token::End, |placed| &placed.token)
    }

    fn place(&self) -> usize {
        self.tokens
            .get(self.next)
            .map_or(self.query.len(), |placed| placed.at)
    }

    fn advance(&mut self) {
        self.next += 1;
    }

    fn peek_word(&self, keyword: &str) -> bool {
        matches!(self.peek(), Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn take_word(&mut self, keyword: &str) -> bool {
        let found = self.peek_word(keyword);
        self.next += usize::from(found);
        found
    }

    fn expect_word(&mut self, keyword: &str) -> Result<(), ApiError> {
        if self.take_word(keyword) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn peek_symbol(&self, wanted: &str) -> bool {
        matches!(self.peek(), Token::Symbol(symbol) if *symbol == wanted)
    }

    fn take_symbol(&mut self, wanted: &str) -> bool {
        let found = self.peek_symbol(wanted);
        self.next += usize::from(found);
        found
    }

    fn expect_symbol(&mut self, wanted: &str) -> Result<(), ApiError> {
        if self.take_symbol(wanted) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn unexpected(&self) -> ApiError {
        let message = format!("unexpected token: '{}'", self.peek().shown());
        located("MALFORMED_QUERY", self.query, self.place(), &message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_language_allows_is_read() {
        for query in [
            "SELECT Id FROM Account",
            "select Id, a.Name from Account a where a.Name = 'x' and (Phone != null or NOT Fax = '1') limit 5 offset 3",
            "SELECT COUNT() FROM Account WHERE (NOT Name LIKE 'x%')",
            "SELECT Id, (SELECT Id FROM Contacts WHERE Email != NULL ORDER BY LastName LIMIT 2) FROM Account",
            "SELECT StageName, COUNT(Id) n, MAX(Amount) FROM Opportunity GROUP BY StageName ORDER BY StageName",
            "SELECT FIELDS(ALL) FROM Account LIMIT 200",
            "SELECT Id FROM Account USING SCOPE everything WHERE Id IN ('1', '2') WITH SECURITY_ENFORCED FOR VIEW",
            "SELECT Id FROM Contact WHERE AccountId NOT IN (SELECT Id FROM Account)",
            "SELECT Id FROM Opportunity WHERE CloseDate >= LAST_N_DAYS:30 ORDER BY CloseDate DESC NULLS LAST, Id",
            "SELECT Id FROM Opportunity WHERE SystemModstamp > 2026-11-20T21:10:42.123Z AND Amount > -1.5e3",
            "SELECT Id FROM X WHERE T INCLUDES ('a;b', 'c') AND T EXCLUDES ('d')",
            "SELECT\n Id\nFROM\tAccount",
        ] {
            if let Err(error) = parse(query) {
                panic!("{query}: {}", error.message);
            }
        }
    }

    #[test]
    fn what_it_does_not_allow_is_malformed() {
        for (query, token) in [
            ("", "<EOF>"),
            ("UPDATE Account", "UPDATE"),
            ("SELECT FROM Account", "FROM"),
            ("SELECT Id Account", "Account"),
            ("SELECT Id FROM Account WHERE", "<EOF>"),
            ("SELECT Id FROM Account WHERE Name", "<EOF>"),
            ("SELECT Id FROM Account WHERE Name = :name", ":"),
            ("SELECT Id FROM Account WHERE Name = ", "<EOF>"),
            ("SELECT Id FROM Account WHERE A = 1 AND B = 2 OR C = 3", "OR"),
            ("SELECT Id FROM Account WHERE A = 1 OR B = 2 AND C = 3", "AND"),
            ("SELECT Id FROM Account WHERE Name IN ()", ")"),
            ("SELECT Id FROM Account LIMIT x", "x"),
            ("SELECT Id FROM Account HAVING COUNT(Id) > 1", "HAVING"),
            ("SELECT Id FROM Account a b", "b"),
            ("SELECT Id FROM Account; DROP", "unexpected char"),
        ] {
            let error = parse(query).unwrap_err();
            assert_eq!((error.status, error.code), (400, "MALFORMED_QUERY"), "{query}");
            assert!(error.message.contains(token), "{query}: {}", error.message);
        }
        let open = parse("SELECT Id FROM Account WHERE Name = 'open").unwrap_err();
        assert_eq!(open.code, "MALFORMED_QUERY");
    }

    #[test]
    fn errors_show_the_place() {
        let error = parse("SELECT FROM Account").unwrap_err();
        assert_eq!(
            error.message,
            "\nSELECT FROM Account\n       ^\nERROR at Row:1:Column:8\nunexpected token: 'FROM'"
        );
        let error = parse("SELECT Id\nFROM Account\nWHERE !").unwrap_err();
        assert!(
            error.message.contains("ERROR at Row:3:Column:7"),
            "{}",
            error.message
        );
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = format!(
            "SELECT Id FROM A WHERE {}B = 1{}",
            "(".repeat(10_000),
            ")".repeat(10_000)
        );
        assert_eq!(parse(&deep).unwrap_err().code, "QUERY_TOO_COMPLICATED");
        let nots = format!("SELECT Id FROM A WHERE {} B = 1", "NOT ".repeat(10_000));
        assert_eq!(parse(&nots).unwrap_err().code, "QUERY_TOO_COMPLICATED");
        let nested = format!("{}Id{}", "SELECT (".repeat(5_000), ") FROM A".repeat(5_000));
        assert_eq!(parse(&nested).unwrap_err().code, "QUERY_TOO_COMPLICATED");
        let long = format!("SELECT Id FROM A WHERE B = '{}'", "x".repeat(100_000));
        assert_eq!(parse(&long).unwrap_err().code, "MALFORMED_QUERY");
        assert_eq!(
            parse("SELECT Id FROM A LIMIT 1 OFFSET 2001").unwrap_err().code,
            "NUMBER_OUTSIDE_VALID_RANGE"
        );
    }

    #[test]
    fn broken_text_is_refused_and_never_panics() {
        let query = "SELECT Id, (SELECT a.B FROM Cs), MAX(D) e FROM F g WHERE (H LIKE 'i\\'%' OR NOT J IN (-1.5, NULL)) \
                     AND K >= LAST_N_DAYS:3 GROUP BY L ORDER BY M DESC NULLS LAST LIMIT 5 OFFSET 6 FOR VIEW";
        assert!(parse(query).is_ok());
        for cut in 0..query.len() {
            let _ = parse(&query[..cut]);
            for odd in ["é", "'", "\\", "(", ")", "\u{0}", "-", "\u{1F600}"] {
                let _ = parse(&format!("{}{odd}{}", &query[..cut], &query[cut + 1..]));
            }
        }
    }
}
