import { TestEnvironment } from 'jest-environment-jsdom'

/** Jest's jsdom hides what Node has of the web and jsdom has not: the mock answers with a `Response`. */
export default class JsdomWithFetch extends TestEnvironment {
  async setup() {
    await super.setup()
    Object.assign(this.global, { Request, Response, Headers, TextEncoder, TextDecoder, ReadableStream })
  }
}
