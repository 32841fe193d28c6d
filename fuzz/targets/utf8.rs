//! The program of [`sockeye_fuzz::utf8`].
#![cfg_attr(fuzzing, no_main)]

sockeye_fuzz::program!(sockeye_fuzz::utf8::run);
