//! Passwords: argon2id (RFC 9106), behind a bounded gate.
//!
//! One computation takes tens of milliseconds and tens of megabytes, and anybody may ask for one by trying to sign
//! in. So only so many run at a time, only so many wait, and the rest are told to come back: memory stays bounded
//! and the threads that answer requests stay free.
//!
//! May import: `error`.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error as ThisError;
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Seconds after which a caller that found no place may try again.
const RETRY_AFTER: u32 = 2;

/// How costly a hash is and how many are computed at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordParameters {
    /// Memory of one computation, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes; they are computed one after another, so more lanes do not make a hash faster.
    pub parallelism: u32,
    /// Computations that run at a time.
    pub permits: u16,
    /// Computations that may wait for their turn; the next one is refused.
    pub waiting: u16,
}

impl Default for PasswordParameters {
    /// 19 MiB, two passes, one lane: OWASP's recommendation; two at a time, 64 waiting.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, iterations: 2, parallelism: 1, permits: 2, waiting: 64 }
    }
}

/// Parameters with which no password can be hashed.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum ParameterFault {
    /// No computation may ever run.
    #[error("password hashing needs at least one permit")]
    NoPermit,
    /// argon2 refuses the costs.
    #[error("argon2 refuses memory, iterations or parallelism: {0}")]
    Argon2(String),
}

/// Hashes and verifies passwords.
#[derive(Debug, Clone)]
pub struct PasswordHasher {
    params: Params,
    dummy: Arc<str>,
    gate: Gate,
}

impl PasswordHasher {
    /// Makes a hasher, and the hash against which unknown users are verified: this takes as long as one
    /// verification.
    ///
    /// # Errors
    /// When the parameters allow no hashing.
    pub fn new(parameters: PasswordParameters) -> Result<Self, ParameterFault> {
        if parameters.permits == 0 {
            return Err(ParameterFault::NoPermit);
        }
        let PasswordParameters { memory_kib, iterations, parallelism, .. } = parameters;
        let params = Params::new(memory_kib, iterations, parallelism, None)
            .map_err(|error| ParameterFault::Argon2(error.to_string()))?;
        let dummy = compute(&params, b"nobody")
            .map_err(|error| ParameterFault::Argon2(error.to_string()))?;
        let gate = Gate::new(parameters.permits, parameters.waiting);
        Ok(Self { params, dummy: dummy.into(), gate })
    }

    /// Hashes `password` with a fresh salt; gives a PHC string.
    ///
    /// # Errors
    /// Unavailable when too many wait; internal when argon2 fails.
    pub async fn hash(&self, password: SecretString) -> Result<String> {
        let params = self.params.clone();
        self.gate
            .run(move || compute(&params, password.expose_secret().as_bytes()))
            .await?
            .map_err(|error| Error::internal(format!("hashing a password failed: {error}")))
    }

    /// Whether `password` is the one that was hashed to `stored`.
    ///
    /// Without a stored hash (an unknown user, or one without a password) the same computation runs against a
    /// dummy, so that the time tells nothing, and the answer is `false`. A hash made with former parameters takes
    /// its own time until it is made anew; see [`Self::needs_rehash`].
    ///
    /// # Errors
    /// Unavailable when too many wait; internal when `stored` is no argon2 hash.
    pub async fn verify(&self, password: SecretString, stored: Option<String>) -> Result<bool> {
        let known = stored.is_some();
        let against = stored.unwrap_or_else(|| self.dummy.as_ref().to_owned());
        let outcome = self
            .gate
            .run(move || {
                let against = PasswordHash::new(&against)?;
                Argon2::default().verify_password(password.expose_secret().as_bytes(), &against)
            })
            .await?;
        match outcome {
            Ok(()) => Ok(known),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(Error::internal(format!("a stored password hash is bad: {error}"))),
        }
    }

    /// Whether `stored` was made otherwise than [`Self::hash`] would make it now, so that it should be replaced
    /// when its user next signs in.
    #[must_use]
    pub fn needs_rehash(&self, stored: &str) -> bool {
        let Ok(hash) = PasswordHash::new(stored) else { return true };
        let Ok(params) = Params::try_from(&hash) else { return true };
        hash.algorithm != Algorithm::Argon2id.ident()
            || hash.version != Some(Version::V0x13.into())
            || params.m_cost() != self.params.m_cost()
            || params.t_cost() != self.params.t_cost()
            || params.p_cost() != self.params.p_cost()
    }
}

/// The PHC string of `password` with a random salt.
fn compute(params: &Params, password: &[u8]) -> password_hash::Result<String> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    Ok(argon2.hash_password(password)?.to_string())
}

/// Lets so many jobs run, so many more wait, and refuses the rest.
#[derive(Debug, Clone)]
struct Gate {
    /// A place to run or to wait.
    places: Arc<Semaphore>,
    /// A permit to run.
    permits: Arc<Semaphore>,
}

impl Gate {
    fn new(permits: u16, waiting: u16) -> Self {
        let places = usize::from(permits) + usize::from(waiting);
        Self {
            places: Arc::new(Semaphore::new(places)),
            permits: Arc::new(Semaphore::new(permits.into())),
        }
    }

    /// Runs `job` on a thread that may block. The job keeps its permit until it ends, also when the caller has
    /// gone away meanwhile: a dropped request frees nothing that still computes.
    async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            Error::unavailable(RETRY_AFTER, "too many password computations are waiting")
        })?;
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let _held = (place, permit);
            job()
        })
        .await
        .map_err(|error| Error::internal(format!("a password computation was lost: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::error::Class;

    const CHEAP: PasswordParameters = PasswordParameters {
        memory_kib: 64,
        iterations: 1,
        parallelism: 1,
        permits: 2,
        waiting: 200,
    };

    fn hasher(parameters: PasswordParameters) -> PasswordHasher {
        PasswordHasher::new(parameters).unwrap()
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_passes() {
        let hasher = hasher(CHEAP);
        let stored = hasher.hash("верный пароль".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
        assert!(hasher.verify("верный пароль".into(), Some(stored.clone())).await.unwrap());
        assert!(!hasher.verify("неверный пароль".into(), Some(stored.clone())).await.unwrap());
        assert!(!hasher.verify("".into(), Some(stored)).await.unwrap());
        assert!(!hasher.verify("верный пароль".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn the_dummys_own_password_opens_nothing() {
        assert!(!hasher(CHEAP).verify("nobody".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn the_same_password_is_hashed_differently_each_time() {
        let hasher = hasher(CHEAP);
        let one = hasher.hash("same".into()).await.unwrap();
        let other = hasher.hash("same".into()).await.unwrap();
        assert_ne!(one, other);
    }

    #[tokio::test]
    async fn a_bad_stored_hash_is_a_defect_and_no_refusal() {
        let hasher = hasher(CHEAP);
        for bad in ["", "plain", "$2b$12$abcdefghijklmnopqrstuv"] {
            let error = hasher.verify("any".into(), Some(bad.into())).await.unwrap_err();
            assert_eq!(error.code().class, Class::Internal, "{bad}");
        }
    }

    #[tokio::test]
    async fn hashes_of_other_parameters_still_verify_and_are_made_anew() {
        let former = hasher(CHEAP);
        let present = hasher(PasswordParameters { iterations: 2, ..CHEAP });
        let stored = former.hash("password".into()).await.unwrap();
        assert!(present.verify("password".into(), Some(stored.clone())).await.unwrap());
        assert!(present.needs_rehash(&stored));
        assert!(!former.needs_rehash(&stored));
        assert!(former.needs_rehash(&stored.replace("argon2id", "argon2i")));
        assert!(former.needs_rehash(&stored.replace("v=19", "v=16")));
        assert!(former.needs_rehash("plain"));
    }

    /// Unknown users cost what known users cost: the dummy has the same parameters and takes the same way through
    /// the gate. Leaving the computation out would be faster by a factor of thousands.
    #[tokio::test]
    async fn an_unknown_user_takes_the_time_of_a_known_one() {
        let hasher = hasher(PasswordParameters { memory_kib: 4096, ..CHEAP });
        assert!(!hasher.needs_rehash(&hasher.dummy));
        let stored = hasher.hash("password".into()).await.unwrap();
        let mut known = Duration::MAX;
        let mut unknown = Duration::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            assert!(!hasher.verify("wrong".into(), Some(stored.clone())).await.unwrap());
            known = known.min(start.elapsed());
            let start = Instant::now();
            assert!(!hasher.verify("wrong".into(), None).await.unwrap());
            unknown = unknown.min(start.elapsed());
        }
        assert!(unknown * 3 > known && known * 3 > unknown, "{unknown:?} and {known:?}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_more_run_at_a_time_than_there_are_permits() {
        let gate = Gate::new(3, 100);
        let running = Arc::new(AtomicUsize::new(0));
        let peak = Arc::new(AtomicUsize::new(0));
        let jobs = (0..60).map(|_| {
            let (gate, running, peak) = (gate.clone(), Arc::clone(&running), Arc::clone(&peak));
            tokio::spawn(async move {
                gate.run(move || {
                    peak.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(2));
                    running.fetch_sub(1, Ordering::SeqCst);
                })
                .await
            })
        });
        for job in jobs.collect::<Vec<_>>() {
            job.await.unwrap().unwrap();
        }
        assert_eq!(peak.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn when_too_many_wait_the_next_is_refused_whoever_it_is() {
        let hasher = hasher(PasswordParameters { permits: 1, waiting: 1, ..CHEAP });
        let stored = hasher.hash("password".into()).await.unwrap();
        let (release, blocked) = std::sync::mpsc::channel::<()>();
        let runs = tokio::spawn({
            let gate = hasher.gate.clone();
            async move { gate.run(move || blocked.recv()).await }
        });
        let waits = tokio::spawn({
            let hasher = hasher.clone();
            let stored = stored.clone();
            async move { hasher.verify("password".into(), Some(stored)).await }
        });
        while hasher.gate.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        for refused in [
            hasher.verify("password".into(), Some(stored)).await.unwrap_err(),
            hasher.verify("password".into(), None).await.unwrap_err(),
            hasher.hash("password".into()).await.unwrap_err(),
        ] {
            assert_eq!(refused.code().class, Class::Unavailable);
            assert_eq!(refused.retry_after(), Some(RETRY_AFTER));
        }
        release.send(()).unwrap();
        runs.await.unwrap().unwrap().unwrap();
        assert!(waits.await.unwrap().unwrap());
        assert_eq!(hasher.gate.places.available_permits(), 2);
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_frees_only_what_does_not_compute() {
        let gate = Gate::new(1, 1);
        let (release, blocked) = std::sync::mpsc::channel::<()>();
        let (started, starts) = tokio::sync::oneshot::channel();
        let runs = tokio::spawn({
            let gate = gate.clone();
            async move {
                gate.run(move || {
                    started.send(()).unwrap();
                    blocked.recv()
                })
                .await
            }
        });
        starts.await.unwrap();
        runs.abort();
        assert!(runs.await.unwrap_err().is_cancelled());
        assert_eq!(gate.permits.available_permits(), 0);
        let waits = tokio::spawn({
            let gate = gate.clone();
            async move { gate.run(|| ()).await }
        });
        while gate.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        waits.abort();
        assert!(waits.await.unwrap_err().is_cancelled());
        assert_eq!(gate.places.available_permits(), 1);
        release.send(()).unwrap();
        gate.run(|| ()).await.unwrap();
    }

    #[test]
    fn parameters_that_cannot_work_are_refused() {
        let refused = |parameters| PasswordHasher::new(parameters).unwrap_err();
        assert_eq!(refused(PasswordParameters { permits: 0, ..CHEAP }), ParameterFault::NoPermit);
        for bad in [
            PasswordParameters { memory_kib: 0, ..CHEAP },
            PasswordParameters { iterations: 0, ..CHEAP },
            PasswordParameters { parallelism: 0, ..CHEAP },
            PasswordParameters { parallelism: 64, ..CHEAP },
        ] {
            assert!(matches!(refused(bad), ParameterFault::Argon2(_)), "{bad:?}");
        }
    }
}
