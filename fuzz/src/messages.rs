//! Whole messages out of what was seen, however they were handed over.

use sockeye_proto::Kind;

use crate::end::Seen;

/// A message as values that can be compared.
pub(crate) type Whole = (Kind, Vec<u8>);

/// The whole messages, and what came of one more that is not complete.
pub(crate) fn messages(seen: &[Seen]) -> (Vec<Whole>, Option<Whole>) {
    let (mut whole, mut begun) = (Vec::new(), None);
    for seen in seen {
        match seen {
            Seen::Message(message) => {
                assert_eq!(begun, None, "no message comes inside another");
                whole.push((message.kind(), message.as_bytes().to_vec()));
            }
            Seen::Part { kind, data, last } => {
                let (begun_kind, payload) = begun.get_or_insert((*kind, Vec::new()));
                assert_eq!(begun_kind, kind, "a message is of one kind");
                payload.extend_from_slice(data);
                whole.extend(begun.take_if(|_| *last));
            }
            Seen::Start | Seen::Ping(_) | Seen::Pong(_) | Seen::Close(_) => {}
        }
    }
    (whole, begun)
}
