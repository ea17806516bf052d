/** What breaks a rule, and where. */
export interface Finding {
  /** The rule's. */
  rule: string;
  file: string;
  line: number;
  message: string;
}
