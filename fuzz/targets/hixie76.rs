//! The program of [`sockeye_fuzz::hixie76`].
#![cfg_attr(fuzzing, no_main)]

sockeye_fuzz::program!(sockeye_fuzz::hixie76::run);
