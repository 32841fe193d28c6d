//! The program of [`sockeye_fuzz::assembler`].
#![cfg_attr(fuzzing, no_main)]

sockeye_fuzz::program!(sockeye_fuzz::assembler::run);
