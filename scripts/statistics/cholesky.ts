/** Small systems of linear equations with a symmetric, positive definite matrix, row after row in one array. */

/** Lower triangle L with L Lᵀ = matrix. @throws RangeError where the matrix is not positive definite */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = at(matrix, row * size + column);
      for (let k = 0; k < column; k++) sum -= at(lower, row * size + k) * at(lower, column * size + k);
      if (row === column) {
        if (!(sum > 0)) throw new RangeError('the matrix is not positive definite');
        lower[row * size + row] = Math.sqrt(sum);
      } else lower[row * size + column] = sum / at(lower, column * size + column);
    }
  }
  return lower;
}

/** x with L x = right: the first half of a solution. */
export function forward(lower: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const x = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    let sum = at(right, row);
    for (let k = 0; k < row; k++) sum -= at(lower, row * size + k) * at(x, k);
    x[row] = sum / at(lower, row * size + row);
  }
  return x;
}

/** x with L Lᵀ x = right. */
export function solve(lower: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const x = forward(lower, right);
  for (let row = size - 1; row >= 0; row--) {
    let sum = at(x, row);
    for (let k = row + 1; k < size; k++) sum -= at(lower, k * size + row) * at(x, k);
    x[row] = sum / at(lower, row * size + row);
  }
  return x;
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}
