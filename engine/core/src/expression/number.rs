//! Numbers to calculate with: integers stay integers, everything else is decimal as long as it fits, so that money is
//! exact; doubles carry only what a decimal cannot hold.

use std::cmp::Ordering;

use connector_api::{Number, Value};
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use rust_decimal::{Decimal, RoundingStrategy};

/// A number to calculate with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Numeric {
    /// A 64-bit integer.
    Integer(i64),
    /// Up to 28 digits.
    Decimal(Decimal),
    /// Larger or longer than that.
    Double(f64),
}

/// Why a calculation has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// The result of an integer calculation is no 64-bit integer.
    #[error("the result does not fit a 64-bit integer")]
    Overflow,
    /// The result is beyond every number.
    #[error("the result is too large")]
    TooLarge,
    /// The divisor is zero.
    #[error("the divisor is zero")]
    ZeroDivisor,
}

type Result<T = Numeric> = std::result::Result<T, Trouble>;

impl Numeric {
    /// Of a JSON number; `None` when it is beyond a double.
    pub(crate) fn of(number: &Number) -> Option<Self> {
        if let Some(integer) = number.as_i64() {
            return Some(Self::Integer(integer));
        }
        let text = number.as_str();
        let decimal = if text.contains(['e', 'E']) {
            Decimal::from_scientific(text).ok()
        } else {
            Decimal::from_str_exact(text).ok()
        };
        match decimal {
            Some(decimal) => Some(Self::Decimal(decimal)),
            None => Some(Self::Double(number.as_f64())).filter(|number| number.double().is_finite()),
        }
    }

    /// As a JSON value.
    pub(crate) fn into_value(self) -> Result<Value> {
        let text = match self {
            Self::Integer(integer) => return Ok(Value::from(integer)),
            Self::Decimal(decimal) => decimal.to_string(),
            Self::Double(double) => double.to_string(),
        };
        // A double's text is a JSON number unless it is infinite or not a number.
        Number::parse(&text).map(Value::Number).ok_or(Trouble::TooLarge)
    }

    /// The nearest double.
    pub(crate) fn double(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Decimal(decimal) => decimal.to_f64().unwrap_or(f64::NAN),
            Self::Double(double) => double,
        }
    }

    /// As a decimal, when it fits.
    pub(crate) fn decimal(self) -> Option<Decimal> {
        match self {
            Self::Integer(integer) => Some(Decimal::from(integer)),
            Self::Decimal(decimal) => Some(decimal),
            Self::Double(_) => None,
        }
    }

    /// As a whole number, when it is one.
    pub(crate) fn whole(self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(integer),
            Self::Decimal(decimal) if decimal.fract().is_zero() => decimal.to_i64(),
            _ => None,
        }
    }

    /// Whether it is zero.
    pub(crate) fn is_zero(self) -> bool {
        match self {
            Self::Integer(integer) => integer == 0,
            Self::Decimal(decimal) => decimal.is_zero(),
            Self::Double(double) => double == 0.0,
        }
    }

    /// The order by value.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        match (self.decimal(), other.decimal()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => self.double().partial_cmp(&other.double()),
        }
    }

    /// The sum.
    pub(crate) fn add(self, other: Self) -> Result {
        self.calculate(other, i64::checked_add, Decimal::checked_add, |left, right| {
            left + right
        })
    }

    /// The difference.
    pub(crate) fn sub(self, other: Self) -> Result {
        self.calculate(other, i64::checked_sub, Decimal::checked_sub, |left, right| {
            left - right
        })
    }

    /// The product.
    pub(crate) fn mul(self, other: Self) -> Result {
        self.calculate(other, i64::checked_mul, Decimal::checked_mul, |left, right| {
            left * right
        })
    }

    /// The quotient; of two integers the whole part of it.
    pub(crate) fn div(self, other: Self) -> Result {
        if other.is_zero() {
            return Err(Trouble::ZeroDivisor);
        }
        let decimals = |left: Decimal, right| left.checked_div(right).map(|quotient| quotient.normalize());
        self.calculate(other, i64::checked_div, decimals, |left, right| left / right)
    }

    /// The remainder, with the sign of the dividend.
    pub(crate) fn rem(self, other: Self) -> Result {
        if other.is_zero() {
            return Err(Trouble::ZeroDivisor);
        }
        let rem = |left: i64, right: i64| Some(left.wrapping_rem(right));
        self.calculate(other, rem, Decimal::checked_rem, |left, right| left % right)
    }

    /// The quotient as arithmetic knows it: 7 / 2 is 3.5, 6 / 2 is 3.
    pub(crate) fn quotient(self, other: Self) -> Result {
        if let (Self::Integer(left), Self::Integer(right)) = (self, other)
            && left.checked_rem(right) != Some(0)
            && right != 0
        {
            return Self::Decimal(Decimal::from(left)).div(Self::Decimal(Decimal::from(right)));
        }
        self.div(other)
    }

    /// The largest whole number that is not larger than the quotient.
    pub(crate) fn floor_quotient(self, other: Self) -> Result {
        let quotient = self.quotient(other)?;
        Ok(match quotient {
            Self::Integer(_) => quotient,
            Self::Decimal(decimal) => {
                let floor = decimal.floor();
                floor.to_i64().map_or(Self::Decimal(floor), Self::Integer)
            }
            Self::Double(double) => Self::Double(double.floor()),
        })
    }

    /// Rounded half away from zero.
    pub(crate) fn round(self, places: u32) -> Self {
        match self {
            Self::Integer(_) => self,
            Self::Decimal(decimal) => {
                let rounded = decimal.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
                match rounded.to_i64() {
                    Some(integer) if places == 0 => Self::Integer(integer),
                    _ => Self::Decimal(rounded),
                }
            }
            // Beyond 28 digits a double has no fraction left that rounding could change, or is next to zero.
            Self::Double(double) if double.abs() < 1.0 => Self::Integer(0),
            Self::Double(_) => self,
        }
    }

    fn calculate(
        self,
        other: Self,
        integers: fn(i64, i64) -> Option<i64>,
        decimals: fn(Decimal, Decimal) -> Option<Decimal>,
        doubles: fn(f64, f64) -> f64,
    ) -> Result {
        if let (Self::Integer(left), Self::Integer(right)) = (self, other) {
            return integers(left, right).map(Self::Integer).ok_or(Trouble::Overflow);
        }
        let decimal = self
            .decimal()
            .zip(other.decimal())
            .and_then(|(left, right)| decimals(left, right));
        if let Some(decimal) = decimal {
            return Ok(Self::Decimal(decimal));
        }
        let double = doubles(self.double(), other.double());
        if !double.is_finite() {
            return Err(Trouble::TooLarge);
        }
        Ok(Decimal::from_f64(double)
            .filter(|decimal| decimal.to_f64() == Some(double))
            .map_or(Self::Double(double), Self::Decimal))
    }
}
