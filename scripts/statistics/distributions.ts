/** Quantiles and tails of the normal and of Student's t distribution. */
import { gammaln } from 'simple-statistics';

/** P(Z > z) for z >= 0: Abramowitz and Stegun 7.1.26 through erfc; absolute error below 1.5e-7. */
export function normalTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return (polynomial * Math.exp(-x * x)) / 2;
}

/** Inverse of the normal distribution, Acklam's rational approximation; relative error below 1.2e-9. */
export function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  const polynomial = (coefficients: readonly number[], x: number) => coefficients.reduce((sum, k) => sum * x + k, 0);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(c, q) / polynomial(d, q);
  }
  if (p > 1 - 0.02425) return -normalQuantile(1 - p);
  const q = p - 0.5;
  return (polynomial(a, q * q) * q) / polynomial(b, q * q);
}

/**
 * P(|T| > t) of Student's t distribution, t >= 0: the regularised incomplete beta function at degrees / (degrees + t^2).
 * Source: Abramowitz and Stegun 26.7.1 and 26.5.27.
 * @param degrees of freedom, above 0 and not necessarily whole: Welch's test has fractions of them
 */
export function studentTails(t: number, degrees: number): number {
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

const known = new Map<string, number>();

/** Inverse of Student's t distribution for p above a half. Those of whole degrees are asked for again and again, and kept. */
export function studentQuantile(p: number, degrees: number): number {
  if (!Number.isInteger(degrees)) return findStudentQuantile(p, degrees);
  const key = `${p}/${degrees}`;
  const found = known.get(key) ?? findStudentQuantile(p, degrees);
  known.set(key, found);
  return found;
}

/** By halving over an angle whose tangent is t / sqrt(degrees). */
function findStudentQuantile(p: number, degrees: number): number {
  const at = (angle: number) => Math.tan(angle) * Math.sqrt(degrees);
  let [low, high] = [0, Math.PI / 2];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentTails(at(middle), degrees) > 2 * (1 - p)) low = middle;
    else high = middle;
  }
  return at((low + high) / 2);
}

/** I_x(a, b) by its continued fraction, from the side on which that converges quickly: DLMF 8.17.22. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front / a) * betaFraction(x, a, b) : 1 - (front / b) * betaFraction(1 - x, b, a);
}

/** By the modified method of Lentz. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const kept = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const coefficient of [even, odd]) {
      d = 1 / kept(1 + coefficient * d);
      c = kept(1 + coefficient / c);
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return fraction;
}
