/**
 * ONNX Runtime 1.30 sends usage data, as far as it is let, and keeps a device id and a database for them in the user's cache.
 * Its native library reads this variable. An engine process is started with it; whoever else imports runtime.ts gets it here,
 * which is why this module stands before onnxruntime-node there.
 */
export const withoutTelemetry = { ORT_DISABLE_TELEMETRY: '1' };

Object.assign(process.env, withoutTelemetry);
