/**
 * ONNX Runtime 1.30 sends usage data, as far as it is let, and keeps a device id and a database for them in the user's cache.
 * It reads this variable when its native library begins; so this module stands before onnxruntime-node in runtime.ts.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
