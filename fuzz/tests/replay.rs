//! Every input that fuzzing kept, once more, on the compiler that everything else uses.

use std::path::Path;

use sockeye_fuzz::{TARGETS, replay};

#[test]
fn every_kept_input_is_judged_without_a_finding() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in TARGETS {
        replay(target.run, [corpus.join(target.name)]).expect("the corpus can be read");
    }
}
