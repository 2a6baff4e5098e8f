/** Types of the one function that MedBook uses; the package has no types of its own. */
declare module 'mailparser' {
  interface ParsedAddresses {
    readonly text: string;
  }
  interface ParsedMail {
    readonly from?: ParsedAddresses;
    readonly headerLines: readonly { readonly key: string; readonly line: string }[];
    readonly to?: ParsedAddresses | ParsedAddresses[];
    readonly subject?: string;
    readonly text?: string;
    readonly html?: string | false;
    readonly attachments: readonly {
      readonly filename?: string;
      readonly contentType: string;
      readonly content: Buffer;
    }[];
  }
  export function simpleParser(source: Buffer): Promise<ParsedMail>;
}
