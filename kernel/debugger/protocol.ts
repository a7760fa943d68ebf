// The parts of the Debug Adapter Protocol (https://microsoft.github.io/debug-adapter-protocol/specification) that
// Jupyter's front ends use. Lines and columns count from 1.

export type Arguments = Record<string, unknown>;

export interface DebugRequest {
  seq: number;
  command: string;
  arguments: Arguments;
}

export interface DebugResponse {
  type: "response";
  seq: number;
  request_seq: number;
  success: boolean;
  command: string;
  message?: string;
  body: object;
}

export interface DebugEvent {
  type: "event";
  seq: number;
  event: string;
  body: object;
}

export interface SourceBreakpoint {
  line: number;
  column?: number;
  condition?: string;
}

export interface Breakpoint {
  id: number;
  verified: boolean;
  line: number;
  message?: string;
}

export interface Source {
  name: string;
  path: string;
  sourceReference: 0;
}
