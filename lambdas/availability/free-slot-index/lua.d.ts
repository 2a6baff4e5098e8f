// The bundler and the test runner load a Lua file as text.
declare module '*.lua' {
  const text: string;
  export default text;
}
