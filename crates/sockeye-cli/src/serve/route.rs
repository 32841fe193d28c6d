//! `Route`: the paths of WebSockets.

/// A path on which WebSockets are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// Sends back what comes.
    Echo,
    /// Sends what comes to everybody.
    Broadcast,
}

impl Route {
    pub(super) const ALL: [Self; 2] = [Self::Echo, Self::Broadcast];

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Echo => "/echo",
            Self::Broadcast => "/broadcast",
        }
    }

    pub(super) fn of(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.path() == path)
    }
}
