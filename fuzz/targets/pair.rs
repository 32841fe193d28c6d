//! The program of [`sockeye_fuzz::pair`].
#![cfg_attr(fuzzing, no_main)]

sockeye_fuzz::program!(sockeye_fuzz::pair::run);
