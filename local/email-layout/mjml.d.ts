// The package has no types of its own, and third-party types are for an older version.
declare module 'mjml' {
  export default function mjml2html(
    mjml: string,
    options?: { readonly validationLevel?: 'strict' },
  ): Promise<{ readonly html: string }>;
}
