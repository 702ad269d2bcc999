//! Items from their label to their end under the five regulations, through the use cases that pages and phones
//! use, with an attempt to break each rule at each step.

mod iide;
mod kitami;
mod nagasaki;
mod nishi_izu;
mod refusals;
mod yabu;
