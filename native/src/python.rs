//! The border to Python. Octets in, opaque objects out; the interpreter lock is released in every
//! call that does group arithmetic.
//!
//! Scalars come as 32-octet big-endian strings, joined. What is refused raises `ValueError` with a
//! short rule; the Python side adds the field and the project's error type.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict};
use zeroize::Zeroizing;

use crate::g1::{encode_many, map_uniform, Point, G1_BYTES};
use crate::g2::Point2;
use crate::hashing::{hash_to_scalar, Expander};
use crate::pairing::{product_is_one, Prepared};
use crate::scalar::{Scalar, SCALAR_BYTES};
use crate::secret::Secret;
use crate::tables::Term;
use crate::{fixed, msm, Rule};

/// Hashing less than this many octets, about 20 us, keeps the interpreter lock.
const HELD_UP_TO: usize = 4096;

/// A point of G1, in the subgroup.
#[pyclass(frozen, module = "zkproof_kernel")]
struct G1(Point);

/// A point of G2, in the subgroup.
#[pyclass(frozen, module = "zkproof_kernel")]
struct G2(Point2);

/// A G2 point with its pairing lines.
#[pyclass(frozen, module = "zkproof_kernel")]
struct PreparedG2(Prepared);

/// Points with tables, built on first use and shared by threads.
#[pyclass(frozen, module = "zkproof_kernel")]
struct FixedBases(fixed::FixedBases);

/// A scalar that stays inside.
#[pyclass(frozen, module = "zkproof_kernel")]
struct SecretScalar(Secret);

#[pymethods]
impl G1 {
    /// 48 octets, compressed.
    fn encode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.encode())
    }

    fn is_identity(&self) -> bool {
        self.0.is_identity()
    }

    fn __add__(&self, other: &Self) -> Self {
        Self(self.0.add(&other.0))
    }

    fn __sub__(&self, other: &Self) -> Self {
        Self(self.0.add(&other.0.neg()))
    }

    fn __neg__(&self) -> Self {
        Self(self.0.neg())
    }

    fn __repr__(&self) -> String {
        representation(&self.0.encode())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other
            .cast::<Self>()
            .is_ok_and(|other| self.0 == other.get().0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.encode().hash(&mut hasher);
        hasher.finish()
    }
}

#[pymethods]
impl G2 {
    /// 96 octets, compressed.
    fn encode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.encode())
    }

    fn is_identity(&self) -> bool {
        self.0.is_identity()
    }

    fn __add__(&self, other: &Self) -> Self {
        Self(self.0.add(&other.0))
    }

    fn __neg__(&self) -> Self {
        Self(self.0.neg())
    }

    fn __repr__(&self) -> String {
        representation(&self.0.encode())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other
            .cast::<Self>()
            .is_ok_and(|other| self.0 == other.get().0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.encode().hash(&mut hasher);
        hasher.finish()
    }
}

#[pymethods]
impl FixedBases {
    #[new]
    fn new(points: Vec<Py<G1>>) -> Self {
        Self(fixed::FixedBases::new(
            points.iter().map(|point| point.get().0).collect(),
        ))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    /// Octets of the tables built so far.
    #[getter]
    fn memory_bytes(&self) -> usize {
        self.0.memory_octets()
    }

    /// `sum(scalars[i] * bases[used[i]])`, secret scalars of at most `bits` bits; constant time.
    /// `used` of `None` stands for the first bases in order.
    #[pyo3(signature = (scalars, used, bits))]
    fn msm(
        &self,
        py: Python<'_>,
        scalars: &[u8],
        used: Option<Vec<usize>>,
        bits: usize,
    ) -> PyResult<G1> {
        let count = scalars.len() / SCALAR_BYTES;
        let used = used.unwrap_or_else(|| (0..count).collect());
        let sums = self.sums(py, scalars, &[used], bits)?;
        Ok(G1(sums[0]))
    }

    /// `msm` for several rows at once, whose scalars lie one after the other.
    fn msm_rows(
        &self,
        py: Python<'_>,
        scalars: &[u8],
        used: Vec<Vec<usize>>,
        bits: usize,
    ) -> PyResult<Vec<G1>> {
        let sums = self.sums(py, scalars, &used, bits)?;
        Ok(sums.into_iter().map(G1).collect())
    }

    /// `sum(scalars[i] * bases[i]) + sum(point_scalars[j] * points[j])`, public; variable time.
    fn msm_vartime(
        &self,
        py: Python<'_>,
        scalars: &[u8],
        points: Vec<Py<G1>>,
        point_scalars: &[u8],
    ) -> PyResult<G1> {
        let scalars = read_scalars(scalars)?;
        let (points, point_scalars) = read_terms(&points, point_scalars)?;
        if scalars.len() > self.0.len() {
            return Err(PyValueError::new_err("more scalars than bases"));
        }
        Ok(G1(py.detach(|| {
            self.0.sum_vartime(&scalars, &points, &point_scalars)
        })))
    }
}

impl FixedBases {
    fn sums(
        &self,
        py: Python<'_>,
        scalars: &[u8],
        used: &[Vec<usize>],
        bits: usize,
    ) -> PyResult<Vec<Point>> {
        let scalars = read_scalars(scalars)?;
        let count: usize = used.iter().map(Vec::len).sum();
        if count != scalars.len() || used.iter().flatten().any(|&i| i >= self.0.len()) {
            return Err(PyValueError::new_err("more scalars than bases"));
        }
        if bits == 0 || bits > 255 || scalars.iter().any(|scalar| exceeds(scalar, bits)) {
            return Err(PyValueError::new_err(
                "scalar longer than the bound on bits",
            ));
        }
        let mut scalars = scalars.iter().copied();
        let rows: Vec<Zeroizing<Vec<Term>>> = used
            .iter()
            .map(|row| Zeroizing::new(row.iter().copied().zip(scalars.by_ref()).collect()))
            .collect();
        let rows: Vec<&[Term]> = rows.iter().map(|row| row.as_slice()).collect();
        Ok(py.detach(|| self.0.sums(&rows, bits)))
    }
}

#[pymethods]
impl SecretScalar {
    /// `x * BP2`; constant time.
    fn public_key(&self, py: Python<'_>) -> G2 {
        G2(py.detach(|| self.0.public_key()))
    }

    /// `x * point`; constant time.
    fn multiply(&self, py: Python<'_>, point: &Bound<'_, G1>) -> G1 {
        let point = point.get().0;
        G1(py.detach(|| self.0.multiply(&point)))
    }

    /// `1/(x + e) * point`; constant time.
    fn divide_by_sum(&self, py: Python<'_>, point: &Bound<'_, G1>, e: &[u8]) -> PyResult<G1> {
        let e = read_scalar(e)?;
        let point = point.get().0;
        py.detach(|| self.0.divide_by_sum(&point, e))
            .map(G1)
            .ok_or_else(|| PyValueError::new_err("x + e is zero"))
    }

    /// Encodings of `1/(x + e) * point` for every `e`, joined; constant time.
    fn divide_by_sums<'py>(
        &self,
        py: Python<'py>,
        point: &Bound<'_, G1>,
        es: &[u8],
    ) -> PyResult<Bound<'py, PyBytes>> {
        let es = read_scalars(es)?;
        let point = point.get().0;
        py.detach(|| self.0.divide_by_sums(&point, &es))
            .map(|octets| PyBytes::new(py, &octets))
            .ok_or_else(|| PyValueError::new_err("x + e is zero"))
    }

    /// `hash_to_scalar(x || suffix, dst)`, 32 octets big-endian; constant time.
    fn hash_to_scalar<'py>(
        &self,
        py: Python<'py>,
        suffix: &[u8],
        dst: &[u8],
        xof: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let expander = read_expander(dst, xof)?;
        let hash = || self.0.hash_to_scalar(expander, suffix, dst);
        let scalar = if suffix.len() < HELD_UP_TO {
            hash()
        } else {
            py.detach(hash)
        };
        Ok(PyBytes::new(py, &*Zeroizing::new(scalar.to_be_bytes())))
    }

    /// The 32 octets, big-endian.
    fn export_secret<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &*Zeroizing::new(self.0.to_be_bytes()))
    }

    fn __repr__(&self) -> &'static str {
        "<SecretScalar, value hidden>"
    }

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> bool {
        slf.is(other)
    }

    fn __hash__(&self) -> PyResult<u64> {
        Err(PyTypeError::new_err("a SecretScalar is not hashable"))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a SecretScalar is a secret and cannot be pickled or copied",
        ))
    }

    fn __copy__(&self) -> PyResult<()> {
        self.__reduce__()
    }

    fn __deepcopy__(&self, _memo: &Bound<'_, PyAny>) -> PyResult<()> {
        self.__reduce__()
    }
}

/// Read 48 compressed octets. Variable time.
#[pyfunction]
fn decode_g1(py: Python<'_>, data: &[u8], allow_identity: bool) -> PyResult<G1> {
    py.detach(|| decode(data, allow_identity))
        .map(G1)
        .map_err(refused)
}

/// Read a whole number of 48-octet encodings; the identity is refused. Variable time. On a
/// refusal the message starts with the position.
#[pyfunction]
fn decode_g1_many(py: Python<'_>, data: &[u8]) -> PyResult<Vec<G1>> {
    if data.len() % G1_BYTES != 0 {
        return Err(PyValueError::new_err(Rule::Length.text()));
    }
    py.detach(|| {
        data.chunks_exact(G1_BYTES)
            .enumerate()
            .map(|(i, chunk)| decode(chunk, false).map(G1).map_err(|rule| (i, rule)))
            .collect::<Result<Vec<G1>, (usize, Rule)>>()
    })
    .map_err(|(i, rule)| PyValueError::new_err((i, rule.text())))
}

/// Read 96 compressed octets; the identity is refused. Variable time.
#[pyfunction]
fn decode_g2(py: Python<'_>, data: &[u8]) -> PyResult<G2> {
    let decoded = py.detach(|| Point2::decode(data)).map_err(refused)?;
    if decoded.is_identity() {
        return Err(refused(Rule::Identity));
    }
    Ok(G2(decoded))
}

/// Encodings, joined; one inversion.
#[pyfunction]
fn encode_g1_many<'py>(py: Python<'py>, points: Vec<Py<G1>>) -> Bound<'py, PyBytes> {
    let points: Vec<Point> = points.iter().map(|point| point.get().0).collect();
    let octets = py.detach(|| encode_many(&points));
    PyBytes::new(py, &octets)
}

/// For each row of scalars, the sum over the same points; constant time. `present[r][i]` says
/// whether point `i` takes part in row `r`; `scalars` holds those that do, in order.
#[pyfunction]
fn msm_rows(
    py: Python<'_>,
    points: Vec<Py<G1>>,
    scalars: &[u8],
    present: Vec<Vec<bool>>,
) -> PyResult<Vec<G1>> {
    let points: Vec<Point> = points.iter().map(|point| point.get().0).collect();
    let scalars = read_scalars(scalars)?;
    let mut scalars = scalars.iter();
    let mut rows: Zeroizing<Vec<Vec<Term>>> = Zeroizing::new(Vec::with_capacity(present.len()));
    for row in &present {
        if row.len() != points.len() {
            return Err(PyValueError::new_err(
                "a row has not one entry for each point",
            ));
        }
        // Its final size from the start: growing would leave copies behind.
        let mut terms = Vec::with_capacity(row.len());
        for (i, _) in row.iter().enumerate().filter(|(_, &here)| here) {
            let scalar = scalars.next().ok_or_else(|| refused(Rule::Length))?;
            terms.push((i, *scalar));
        }
        rows.push(terms);
    }
    Ok(py
        .detach(|| msm::rows(&points, &rows))
        .into_iter()
        .map(G1)
        .collect())
}

/// `sum(scalars[i] * points[i])`, public; variable time.
#[pyfunction]
fn msm_vartime(py: Python<'_>, points: Vec<Py<G1>>, scalars: &[u8]) -> PyResult<G1> {
    let (points, scalars) = read_terms(&points, scalars)?;
    Ok(G1(py.detach(|| msm::sum_vartime(&points, &scalars))))
}

/// Compute the pairing lines of a G2 point.
#[pyfunction]
fn prepare_g2(py: Python<'_>, point: &Bound<'_, G2>) -> PreparedG2 {
    let point = point.get().0;
    PreparedG2(py.detach(|| Prepared::new(&point)))
}

/// Whether the product of pairings is one; variable time.
#[pyfunction]
fn pairing_check(
    py: Python<'_>,
    points: Vec<Py<G1>>,
    prepared: Vec<Py<PreparedG2>>,
) -> PyResult<bool> {
    if points.len() != prepared.len() {
        return Err(PyValueError::new_err("not as many points of both groups"));
    }
    Ok(py.detach(|| {
        let points: Vec<Point> = points.iter().map(|point| point.get().0).collect();
        let prepared: Vec<&Prepared> = prepared.iter().map(|each| &each.get().0).collect();
        product_is_one(&points, &prepared)
    }))
}

/// 128 uniform octets to a point (RFC 9380, after expansion).
#[pyfunction]
fn map_to_g1(py: Python<'_>, uniform: &[u8]) -> PyResult<G1> {
    let uniform: &[u8; 128] = uniform.try_into().map_err(|_| refused(Rule::Length))?;
    Ok(G1(py.detach(|| map_uniform(uniform))))
}

/// Scalars of the messages, 32 octets each, joined.
#[pyfunction]
fn hash_to_scalars<'py>(
    py: Python<'py>,
    messages: Vec<PyBackedBytes>,
    dst: &[u8],
    xof: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let expander = read_expander(dst, xof)?;
    let hash = || {
        let mut out = Vec::with_capacity(SCALAR_BYTES * messages.len());
        for message in &messages {
            out.extend_from_slice(&hash_to_scalar(expander, &[message], dst).to_be_bytes());
        }
        out
    };
    let octets: usize = messages.iter().map(|message| 128 + message.len()).sum();
    let scalars = Zeroizing::new(if octets < HELD_UP_TO {
        hash()
    } else {
        py.detach(hash)
    });
    Ok(PyBytes::new(py, &scalars))
}

/// `1/scalar`, 32 octets big-endian; constant time. Zero is refused.
#[pyfunction]
fn invert<'py>(py: Python<'py>, scalar: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let inverse = crate::secret::invert(read_scalar(scalar)?)
        .ok_or_else(|| PyValueError::new_err("zero has no inverse"))?;
    Ok(PyBytes::new(py, &*Zeroizing::new(inverse.to_be_bytes())))
}

/// From 32 octets, big-endian, in `1 .. r-1`.
#[pyfunction]
fn secret_scalar(data: &[u8]) -> PyResult<SecretScalar> {
    let octets = data.try_into().map_err(|_| refused(Rule::Length))?;
    Secret::from_be_bytes(octets)
        .map(SecretScalar)
        .ok_or_else(|| PyValueError::new_err("not in 1 .. r-1"))
}

/// A secret by hashing; refused when it would be zero.
#[pyfunction]
fn hash_to_secret_scalar(message: &[u8], dst: &[u8], xof: bool) -> PyResult<SecretScalar> {
    let expander = read_expander(dst, xof)?;
    Secret::new(hash_to_scalar(expander, &[message], dst))
        .map(SecretScalar)
        .ok_or_else(|| PyValueError::new_err("the secret would be zero"))
}

/// What runs: versions and processor features.
#[pyfunction]
fn build_info(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let info = PyDict::new(py);
    info.set_item("kernel", env!("CARGO_PKG_VERSION"))?;
    for library in ["blst", "sha2", "sha3", "pyo3"] {
        info.set_item(library, locked_version(library))?;
    }
    info.set_item("architecture", std::env::consts::ARCH)?;
    let (assembly, features) = processor();
    info.set_item("assembly", assembly)?;
    info.set_item("processor", features)?;
    Ok(info)
}

/// The version this build was locked to.
fn locked_version(library: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let start = format!("name = \"{library}\"\nversion = \"");
    lock.split(start.as_str())
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or("unknown")
}

/// Which of blst's multiplications runs, and the features of this processor that libraries look for.
#[cfg(target_arch = "x86_64")]
fn processor() -> (&'static str, String) {
    let present = [
        ("adx", std::arch::is_x86_feature_detected!("adx")),
        ("bmi2", std::arch::is_x86_feature_detected!("bmi2")),
        ("sha", std::arch::is_x86_feature_detected!("sha")),
    ];
    // blst is built for any processor and asks for the same feature when it starts.
    let assembly = if present[0].1 {
        "mulx and adx"
    } else {
        "mul, without adx"
    };
    let names = present.iter().filter(|feature| feature.1);
    let names: Vec<&str> = names.map(|feature| feature.0).collect();
    (assembly, names.join(" "))
}

/// Which of blst's multiplications runs, and the features of this processor that libraries look for.
#[cfg(not(target_arch = "x86_64"))]
fn processor() -> (&'static str, String) {
    let assembly = if cfg!(target_arch = "aarch64") {
        "armv8"
    } else {
        "none, portable C"
    };
    (assembly, String::new())
}

fn decode(data: &[u8], allow_identity: bool) -> Result<Point, Rule> {
    let point = Point::decode(data)?;
    if !allow_identity && point.is_identity() {
        return Err(Rule::Identity);
    }
    Ok(point)
}

fn representation(octets: &[u8]) -> String {
    let digits: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    let group = if octets.len() == G1_BYTES { "G1" } else { "G2" };
    format!("<{group} {digits}>")
}

fn refused(rule: Rule) -> PyErr {
    PyValueError::new_err(rule.text())
}

fn read_scalar(octets: &[u8]) -> PyResult<Scalar> {
    octets
        .try_into()
        .ok()
        .and_then(Scalar::from_be_bytes)
        .ok_or_else(|| PyValueError::new_err("scalar not below the group order"))
}

/// Wiped when dropped, since they may be secret.
fn read_scalars(octets: &[u8]) -> PyResult<Zeroizing<Vec<Scalar>>> {
    if octets.len() % SCALAR_BYTES != 0 {
        return Err(refused(Rule::Length));
    }
    let mut scalars = Zeroizing::new(Vec::with_capacity(octets.len() / SCALAR_BYTES));
    for chunk in octets.chunks_exact(SCALAR_BYTES) {
        scalars.push(read_scalar(chunk)?);
    }
    Ok(scalars)
}

fn read_terms(points: &[Py<G1>], scalars: &[u8]) -> PyResult<(Vec<Point>, Zeroizing<Vec<Scalar>>)> {
    let scalars = read_scalars(scalars)?;
    if points.len() != scalars.len() {
        return Err(PyValueError::new_err("not as many points as scalars"));
    }
    Ok((points.iter().map(|point| point.get().0).collect(), scalars))
}

fn read_expander(dst: &[u8], xof: bool) -> PyResult<Expander> {
    if dst.len() > 255 {
        return Err(PyValueError::new_err(
            "domain separation tag over 255 octets",
        ));
    }
    Ok(if xof {
        Expander::XofShake256
    } else {
        Expander::XmdSha256
    })
}

/// Whether a scalar has more than `bits` bits. Reads all limbs.
fn exceeds(scalar: &Scalar, bits: usize) -> bool {
    let mut over = 0u64;
    for (i, limb) in scalar.0.iter().enumerate() {
        let keep = bits.saturating_sub(64 * i).min(64);
        over |= if keep == 64 { 0 } else { limb >> keep };
    }
    over != 0
}

/// BLS12-381 group arithmetic on blst.
#[pymodule]
mod _kernel {
    #[pymodule_export]
    use super::{
        build_info, decode_g1, decode_g1_many, decode_g2, encode_g1_many, hash_to_scalars,
        hash_to_secret_scalar, invert, map_to_g1, msm_rows, msm_vartime, pairing_check, prepare_g2,
        secret_scalar, FixedBases, PreparedG2, SecretScalar, G1, G2,
    };

    use super::{G1 as Point1, G2 as Point2};
    use crate::g1::Point;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("G1_GENERATOR", Point1(Point::generator()))?;
        module.add("G1_IDENTITY", Point1(Point::identity()))?;
        module.add("G2_GENERATOR", Point2(crate::g2::Point2::generator()))
    }
}
