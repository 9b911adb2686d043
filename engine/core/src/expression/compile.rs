//! Text to program: limits first, then minijinja's parser, then [`crate::expression::lower`].

use std::ops::Range;
use std::sync::Arc;

use minijinja::machinery::{Token, parse_expr, tokenize};

use crate::expression::limits::{EXPRESSION_BYTES_MAX, NESTING_MAX, PREFIXES_MAX, TOKENS_MAX};
use crate::expression::lower::Lowering;
use crate::expression::machine::Code;
use crate::expression::program::Program;
use crate::expression::{Call, Reference, SyntaxError};

/// One thing wrong with an expression.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The code of the diagnostic.
    pub(crate) code: &'static str,
    /// What and where.
    pub(crate) error: SyntaxError,
}

/// An expression, compiled.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// What to evaluate.
    pub(crate) program: Program,
    /// Every path from a root.
    pub(crate) references: Vec<Reference>,
    /// Every function.
    pub(crate) calls: Vec<Call>,
}

impl Fault {
    /// The text is no expression of the language.
    pub(crate) fn syntax(message: impl Into<String>, range: Range<usize>) -> Self {
        Self {
            code: "expression-syntax",
            error: SyntaxError::new(message, range),
        }
    }

    /// With advice.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.error = self.error.help(help);
        self
    }
}

/// Compiles the text between the braces; on failure every fault that could be told apart.
pub(crate) fn compile(text: &str) -> Result<Compiled, Vec<Fault>> {
    check_size(text).map_err(|fault| vec![fault])?;
    let tree = parse_expr(text).map_err(|error| vec![refused(&error, text)])?;
    let mut lowering = Lowering::new(text);
    let root = lowering.lower_root(&tree);
    if !lowering.faults.is_empty() {
        return Err(lowering.faults);
    }
    let program = match root {
        Some(program) => program,
        None => {
            let code = Code::compile(std::mem::take(&mut lowering.code))
                .map_err(|_| vec![too_deep(0..text.len())])?;
            Program::Code(code, Arc::new(std::mem::take(&mut lowering.tables)))
        }
    };
    Ok(Compiled {
        program,
        references: lowering.references,
        calls: lowering.calls,
    })
}

/// The fault of an expression that nests too deeply.
pub(crate) fn too_deep(range: Range<usize>) -> Fault {
    Fault::syntax("the expression is nested too deeply", range)
        .help("move a part of it into a compose action or a variable")
}

/// Refuses what could cost the parser its stack, before the parser sees it.
fn check_size(text: &str) -> Result<(), Fault> {
    let all = 0..text.len();
    if text.trim().is_empty() {
        return Err(Fault::syntax("there is no expression between the braces", all));
    }
    if text.len() > EXPRESSION_BYTES_MAX {
        return Err(Fault::syntax(
            format!("the expression is longer than {EXPRESSION_BYTES_MAX} bytes"),
            all,
        ));
    }
    let (mut count, mut open, mut branches, mut prefixes) = (0, 0_usize, 0, 0);
    for token in tokenize(text, true, Default::default()) {
        let (token, span) = token.map_err(|error| refused(&error, text))?;
        let range = span.start_offset as usize..span.end_offset as usize;
        count += 1;
        match token {
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => open += 1,
            Token::ParenClose | Token::BracketClose | Token::BraceClose => open = open.saturating_sub(1),
            Token::Ident("if" | "else") => branches += 1,
            _ => {}
        }
        prefixes = if matches!(token, Token::Ident("not") | Token::Minus) {
            prefixes + 1
        } else {
            0
        };
        if count > TOKENS_MAX {
            return Err(
                Fault::syntax(format!("the expression has more than {TOKENS_MAX} tokens"), range)
                    .help("move a part of it into a compose action or a variable"),
            );
        }
        if open > NESTING_MAX || branches > 2 * NESTING_MAX || prefixes > PREFIXES_MAX {
            return Err(too_deep(range));
        }
    }
    Ok(())
}

/// The parser's refusal in our terms.
fn refused(error: &minijinja::Error, text: &str) -> Fault {
    let message = error
        .detail()
        .unwrap_or("not an expression")
        .replace("template", "expression");
    let range = error.range().unwrap_or(0..text.len());
    // The tokenizer counts bytes and may point into a character.
    let end = text.ceil_char_boundary(range.end);
    let start = text.floor_char_boundary(range.start.min(end));
    let fault = Fault::syntax(message, start..end);
    if fault.error.message.contains("block") || text.starts_with(['%', '#']) {
        return fault.help("only expressions may stand between braces: no `{% %}` and no `{# #}`");
    }
    fault
}
