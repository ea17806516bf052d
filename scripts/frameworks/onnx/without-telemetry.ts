/**
 * Turns off the telemetry of ONNX Runtime 1.30, which sends usage data if permitted and keeps a device id and a database in the
 * user's cache. Its native library reads this variable. Engine processes start with it; other processes that import runtime.ts
 * get it here, so runtime.ts imports this module before onnxruntime-node.
 */
export const withoutTelemetry = { ORT_DISABLE_TELEMETRY: '1' };

Object.assign(process.env, withoutTelemetry);
