use http::HeaderValue;

use super::{ClientWindow, DeflateAnswerError, Terms, answer, check, offer, valid};
use crate::{
    deflate::{DeflateConfig, DeflateParams, WindowBits},
    handshake::{Extension, parse_extensions},
};

fn bits(bits: u8) -> WindowBits {
    WindowBits::new(bits).unwrap()
}

/// No wishes of our own.
fn plain() -> DeflateConfig {
    DeflateConfig::default().send_window_bits(WindowBits::MAX).receive_window_bits(WindowBits::MAX)
}

fn extensions(text: &HeaderValue) -> Vec<Extension<'_>> {
    parse_extensions([text]).unwrap()
}

/// The server's answer to `offers`, without the extension's name.
fn check_answer(offers: &str, config: &DeflateConfig, expected: Option<&str>) {
    let offers = HeaderValue::from_str(offers).unwrap();
    let answered = valid(&extensions(&offers)).and_then(|offer| answer(offer, config));
    let header = answered.as_ref().map(|(_, header)| header.to_str().unwrap());
    let expected = expected.map(|params| format!("permessage-deflate{params}"));
    assert_eq!(header, expected.as_deref(), "{offers:?}");
    // Whatever a server of ours answers, the parameters are those that the answer says.
    let Some((params, header)) = answered else { return };
    let said = extensions(&header);
    let said = Terms::read(&said[0].params).unwrap().params();
    assert_eq!(params, said, "{offers:?}");
}

/// What the client makes of `answer`.
fn checked(answer: &str, config: &DeflateConfig) -> Result<DeflateParams, DeflateAnswerError> {
    let answer = HeaderValue::from_str(answer).unwrap();
    check(&extensions(&answer)[0].params, config)
}

fn check_invalid(answer: &str, expected: &str) {
    let error = checked(answer, &DeflateConfig::default()).unwrap_err();
    assert_eq!(error.to_string(), expected, "{answer}");
}

#[test]
fn a_plain_offer_is_answered_plainly_if_we_have_no_wishes() {
    check_answer("permessage-deflate", &plain(), Some(""));
    check_answer("permessage-deflate; client_max_window_bits", &plain(), Some(""));
    check_answer("foo, permessage-deflate", &plain(), Some(""));
    check_answer("foo, bar; baz", &plain(), None);
    check_answer("x-webkit-deflate-frame", &plain(), None);
    check_answer("", &plain(), None);
    check_answer("permessage-deflate", &DeflateConfig::disabled(), None);
}

#[test]
fn a_browsers_offer_gets_the_windows_of_the_defaults() {
    let config = DeflateConfig::default();
    check_answer(
        "permessage-deflate; client_max_window_bits",
        &config,
        Some("; server_max_window_bits=12; client_max_window_bits=12"),
    );
}

#[test]
fn a_client_that_cannot_limit_its_window_is_asked_to_forget_it() {
    let config = DeflateConfig::default();
    let answer = "; client_no_context_takeover; server_max_window_bits=12";
    check_answer("permessage-deflate", &config, Some(answer));
    let (params, _) = answer_to("permessage-deflate", &config);
    assert_eq!(params.client_max_window_bits, WindowBits::MAX);
    assert!(params.client_no_context_takeover);
}

fn answer_to(offers: &str, config: &DeflateConfig) -> (DeflateParams, HeaderValue) {
    let offers = HeaderValue::from_str(offers).unwrap();
    answer(valid(&extensions(&offers)).unwrap(), config).unwrap()
}

#[test]
fn limits_offered_are_kept_and_repeated_even_where_they_limit_nothing() {
    for limit in 9..=15 {
        let param = format!("; server_max_window_bits={limit}");
        check_answer(&format!("permessage-deflate{param}"), &plain(), Some(&param));
    }
    for limit in 8..=15 {
        let param = format!("; client_max_window_bits={limit}");
        check_answer(&format!("permessage-deflate{param}"), &plain(), Some(&param));
    }
    let config = DeflateConfig::default();
    for (offered, agreed) in [(15, 12), (12, 12), (10, 10)] {
        check_answer(
            &format!(
                "permessage-deflate; client_max_window_bits={offered}; server_max_window_bits={offered}"
            ),
            &config,
            Some(&format!("; server_max_window_bits={agreed}; client_max_window_bits={agreed}")),
        );
    }
}

#[test]
fn a_window_of_8_bits_is_honoured_as_every_other() {
    let eight = Some("; server_max_window_bits=8");
    check_answer("permessage-deflate; server_max_window_bits=8", &plain(), eight);
}

#[test]
fn no_peer_is_asked_for_a_window_that_zlib_does_not_have() {
    let eight = plain().send_window_bits(WindowBits::MIN).receive_window_bits(WindowBits::MIN);
    let asked = "; server_max_window_bits=8; client_max_window_bits=9";
    check_answer("permessage-deflate; client_max_window_bits", &eight, Some(asked));
    let offered = offer(&eight).unwrap();
    let first = offered.to_str().unwrap().split(", ").next();
    let ours = "permessage-deflate; server_max_window_bits=9; client_max_window_bits=8";
    assert_eq!(first, Some(ours));
    check_answer(
        "permessage-deflate; client_max_window_bits=8",
        &eight,
        Some("; server_max_window_bits=8; client_max_window_bits=8"),
    );
}

#[test]
fn a_server_forgets_its_window_if_either_side_wants_it() {
    let forget = "; server_no_context_takeover";
    check_answer(&format!("permessage-deflate{forget}"), &plain(), Some(forget));
    check_answer("permessage-deflate", &plain().send_context_takeover(false), Some(forget));
    let forget = "; client_no_context_takeover";
    check_answer(&format!("permessage-deflate{forget}"), &plain(), Some(forget));
    check_answer("permessage-deflate", &plain().receive_context_takeover(false), Some(forget));
}

#[test]
fn the_first_offer_that_can_be_honoured_is_answered() {
    check_answer(
        "permessage-deflate; unheard_of, permessage-deflate; server_max_window_bits=10, permessage-deflate",
        &plain(),
        Some("; server_max_window_bits=10"),
    );
}

#[test]
fn an_offer_with_anything_invalid_is_declined_and_the_next_one_taken() {
    for params in [
        "unheard_of",
        "__proto__",
        "unheard_of=1",
        "SERVER_NO_CONTEXT_TAKEOVER",
        "server_no_context_takeover=1",
        "server_no_context_takeover=true",
        "client_no_context_takeover=\"x\"",
        "server_no_context_takeover; server_no_context_takeover",
        "client_max_window_bits; client_max_window_bits",
        "client_max_window_bits=10; client_max_window_bits=10",
        "client_max_window_bits; client_max_window_bits=10",
        "server_max_window_bits=10; server_max_window_bits=11",
        "server_max_window_bits",
        "server_max_window_bits=7",
        "server_max_window_bits=16",
        "server_max_window_bits=007",
        "server_max_window_bits=08",
        "server_max_window_bits=010",
        "server_max_window_bits=0",
        "server_max_window_bits=-8",
        "server_max_window_bits=+9",
        "server_max_window_bits=9.0",
        "server_max_window_bits=1e1",
        "server_max_window_bits=0xa",
        "server_max_window_bits=99999999999",
        "server_max_window_bits=18446744073709551625",
        "client_max_window_bits=7",
        "client_max_window_bits=16",
        "client_max_window_bits=08",
        "client_max_window_bits=1",
        "client_max_window_bits=99999999999",
    ] {
        let offer = format!("permessage-deflate; {params}");
        check_answer(&offer, &plain(), None);
        check_answer(&format!("{offer}, permessage-deflate"), &plain(), Some(""));
    }
}

#[test]
fn a_quoted_window_is_a_window() {
    check_answer(
        "permessage-deflate; server_max_window_bits=\"1\\0\"",
        &plain(),
        Some("; server_max_window_bits=10"),
    );
}

#[test]
fn a_client_offers_its_wishes_and_then_less() {
    let check = |config: DeflateConfig, expected: Option<&str>| {
        assert_eq!(offer(&config).as_ref().map(|offer| offer.to_str().unwrap()), expected);
    };
    check(
        DeflateConfig::default(),
        Some(
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12, \
             permessage-deflate; client_max_window_bits",
        ),
    );
    check(plain(), Some("permessage-deflate; client_max_window_bits"));
    check(
        plain().receive_context_takeover(false).send_context_takeover(false),
        Some(
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
             client_max_window_bits",
        ),
    );
    check(DeflateConfig::disabled(), None);
}

#[test]
fn an_answer_to_any_alternative_is_taken() {
    let config = DeflateConfig::default();
    let agreed = |server, client| DeflateParams {
        server_max_window_bits: bits(server),
        client_max_window_bits: bits(client),
        ..DeflateParams::default()
    };
    for (answer, expected) in [
        ("", agreed(15, 12)),
        ("; server_max_window_bits=12", agreed(12, 12)),
        ("; server_max_window_bits=8", agreed(8, 12)),
        ("; server_max_window_bits=15", agreed(15, 12)),
        ("; server_max_window_bits=12; client_max_window_bits=12", agreed(12, 12)),
        ("; client_max_window_bits=15", agreed(15, 12)),
        ("; client_max_window_bits=9", agreed(15, 9)),
    ] {
        assert_eq!(
            checked(&format!("permessage-deflate{answer}"), &config),
            Ok(expected),
            "{answer}"
        );
    }
    let forgetful = DeflateParams {
        server_no_context_takeover: true,
        client_no_context_takeover: true,
        ..agreed(15, 12)
    };
    let answer = "permessage-deflate; client_no_context_takeover; server_no_context_takeover";
    assert_eq!(checked(answer, &config), Ok(forgetful));
}

#[test]
fn a_client_forgets_its_window_if_it_wants_to_and_never_says_so_twice() {
    let config = plain().send_context_takeover(false);
    assert!(checked("permessage-deflate", &config).unwrap().client_no_context_takeover);
}

#[test]
fn a_server_that_was_told_to_forget_must_say_that_it_will() {
    let config = plain().receive_context_takeover(false);
    assert!(checked("permessage-deflate; server_no_context_takeover", &config).is_ok());
    let error = checked("permessage-deflate", &config).unwrap_err();
    assert_eq!(error, DeflateAnswerError::NotOffered { got: "permessage-deflate".to_owned() });
}

#[test]
fn nothing_was_offered_where_nothing_is_wanted() {
    let error = checked("permessage-deflate", &DeflateConfig::disabled()).unwrap_err();
    assert!(matches!(error, DeflateAnswerError::NotOffered { .. }), "{error}");
}

#[test]
fn an_answer_with_anything_invalid_fails_with_words() {
    check_invalid(
        "permessage-deflate; unheard_of=1",
        "expected a parameter of permessage-deflate, got \"unheard_of\"",
    );
    check_invalid(
        "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
        "expected a parameter of permessage-deflate once, got \"server_max_window_bits\" twice",
    );
    check_invalid(
        "permessage-deflate; server_max_window_bits",
        "expected a value of 8 to 15 for server_max_window_bits, got none",
    );
    check_invalid(
        "permessage-deflate; server_max_window_bits=010",
        "expected a value of 8 to 15 for server_max_window_bits, got \"010\"",
    );
    check_invalid(
        "permessage-deflate; client_no_context_takeover=1",
        "expected no value for client_no_context_takeover, got \"1\"",
    );
    check_invalid(
        "permessage-deflate; client_max_window_bits",
        "expected an answer to one of our offers, got permessage-deflate; client_max_window_bits",
    );
}

#[test]
fn an_answer_may_name_the_client_window_only_if_it_was_offered() {
    let unsaid = Terms {
        server_no_context_takeover: false,
        client_no_context_takeover: false,
        server_max_window_bits: Some(bits(12)),
        client_max_window_bits: ClientWindow::Unsaid,
    };
    let limit =
        |limit| Terms { client_max_window_bits: ClientWindow::Limit(bits(limit)), ..unsaid };
    assert!(unsaid.fits(&unsaid));
    assert!(!limit(12).fits(&unsaid));
    assert!(limit(12).fits(&limit(12)));
    assert!(!limit(13).fits(&limit(12)));
    assert!(!Terms { server_max_window_bits: None, ..unsaid }.fits(&unsaid));
    assert!(!Terms { server_max_window_bits: Some(bits(13)), ..unsaid }.fits(&unsaid));
}

/// Every offer against every wish: our client and our server always understand each other.
#[test]
fn whatever_our_server_answers_our_client_takes_to_mean_the_same() {
    let mut agreed = 0;
    let flags = [false, true];
    let windows =
        || (8..=15).flat_map(|send| (8..=15).map(move |receive| (bits(send), bits(receive))));
    let configs = || {
        windows().flat_map(move |(send, receive)| {
            flags.into_iter().flat_map(move |keep_sent| {
                flags.map(move |keep_received| {
                    DeflateConfig::default()
                        .send_window_bits(send)
                        .receive_window_bits(receive)
                        .send_context_takeover(keep_sent)
                        .receive_context_takeover(keep_received)
                })
            })
        })
    };
    for client in configs() {
        let offered = offer(&client).unwrap();
        let offered = extensions(&offered);
        for server in configs().step_by(7) {
            let (params, said) = answer(valid(&offered).unwrap(), &server).unwrap();
            let understood = check(&extensions(&said)[0].params, &client).unwrap();
            assert_eq!(understood.server_max_window_bits, params.server_max_window_bits);
            assert_eq!(understood.server_no_context_takeover, params.server_no_context_takeover);
            assert!(understood.client_max_window_bits <= params.client_max_window_bits);
            assert!(understood.client_no_context_takeover >= params.client_no_context_takeover);
            agreed += 1;
        }
    }
    assert!(agreed > 5000, "{agreed}");
}
