// Programs that some tests need and that npm does not install: browsers and servers.

import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright'

export interface Tool {
  name: string
  /** Where it is, or `undefined`. */
  path: string | undefined
  leftOut: string
  install: string
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function onPath(names: readonly string[]): string | undefined {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.flatMap((folder) => names.map((name) => join(folder, name + suffix))).find(isExecutable)
}

/** A path from the environment is an order: when nothing is there, looking elsewhere would hide the mistake. */
function ordered(variable: string): string | undefined {
  const path = process.env[variable]
  if (path && !isExecutable(path)) throw new Error(`${variable} names no program: ${path}`)
  return path || undefined
}

function usualBrowsers(): string[] {
  switch (process.platform) {
    case 'darwin':
      return ['Chromium.app/Contents/MacOS/Chromium', 'Google Chrome.app/Contents/MacOS/Google Chrome'].flatMap(
        (app) => [`/Applications/${app}`, join(homedir(), 'Applications', app)],
      )
    case 'win32':
      return [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
        .filter((folder) => folder !== undefined)
        .flatMap((folder) =>
          ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe'].map((app) =>
            join(folder, app),
          ),
        )
    default:
      return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/snap/bin/chromium', '/opt/google/chrome/chrome']
  }
}

function playwrightsOwn(): string | undefined {
  const path = chromium.executablePath()
  return existsSync(path) ? path : undefined
}

export function findChromium(): Tool {
  return {
    name: 'Chromium',
    path:
      ordered('CHROMIUM_PATH') ??
      usualBrowsers().find(isExecutable) ??
      onPath(['chromium', 'chromium-browser', 'google-chrome', 'chrome']) ??
      playwrightsOwn(),
    leftOut: 'the tests in a browser (e2e, browser, storybook)',
    install:
      '`apt install chromium`, `brew install --cask chromium` or `npx playwright install chromium`; or set CHROMIUM_PATH',
  }
}

export function findFirefox(): Tool {
  return {
    name: 'Firefox',
    path: ordered('FIREFOX_PATH') ?? onPath(['firefox-esr', 'firefox']) ?? usualFirefoxes().find(isExecutable),
    leftOut: 'the tests in Firefox (engines, browser-firefox)',
    install: '`apt install firefox-esr` or `brew install --cask firefox`; or set FIREFOX_PATH',
  }
}

function usualFirefoxes(): string[] {
  const app = 'Firefox.app/Contents/MacOS/firefox'
  if (process.platform === 'darwin') return [`/Applications/${app}`, join(homedir(), 'Applications', app)]
  return [process.env.PROGRAMFILES]
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, 'Mozilla Firefox\\firefox.exe'))
}

const webkitTool = (name: string, variable: string, debianPackage: string, path: string | undefined): Tool => ({
  name,
  path: ordered(variable) ?? path,
  leftOut: 'the tests in WebKit (engines, browser-webkit)',
  install: `\`apt install ${debianPackage}\` (WebKitGTK runs on Linux only); or set ${variable}`,
})

export const findWebKitWebDriver = (): Tool =>
  webkitTool('WebKitWebDriver', 'WEBKIT_WEBDRIVER_PATH', 'webkit2gtk-driver', onPath(['WebKitWebDriver']))

/** The browser that WebKitWebDriver drives. It comes with the library, in a folder that bears the machine's name. */
export const findMiniBrowser = (): Tool =>
  webkitTool('MiniBrowser', 'MINI_BROWSER_PATH', 'webkit2gtk-driver', miniBrowsers().find(isExecutable))

function miniBrowsers(): string[] {
  const folders = ['/usr/lib', '/usr/libexec']
  if (existsSync('/usr/lib')) folders.push(...readdirSync('/usr/lib').map((folder) => `/usr/lib/${folder}`))
  return folders.flatMap((folder) =>
    ['webkit2gtk-4.1', 'webkitgtk-6.0'].map((version) => join(folder, version, 'MiniBrowser')),
  )
}

export const findXvfb = (): Tool => webkitTool('Xvfb', 'XVFB_PATH', 'xvfb', onPath(['Xvfb']))

export function findRedis(): Tool {
  return {
    name: 'redis-server',
    path: ordered('REDIS_SERVER_PATH') ?? onPath(['redis-server', 'valkey-server']),
    leftOut: 'the tests on a real Redis (redis)',
    install: '`apt install redis-server` or `brew install redis`; or set REDIS_SERVER_PATH',
  }
}

export function findNginx(): Tool {
  return {
    name: 'nginx',
    path: ordered('NGINX_PATH') ?? onPath(['nginx']) ?? ['/usr/sbin/nginx'].find(isExecutable),
    leftOut: 'the tests of deploy/ behind nginx (deploy)',
    install: '`apt install nginx` or `brew install nginx`; or set NGINX_PATH',
  }
}

export function findPromtool(): Tool {
  return {
    name: 'promtool',
    path: ordered('PROMTOOL_PATH') ?? onPath(['promtool']),
    leftOut: 'the tests of the alert rules (deploy)',
    install: '`apt install prometheus` or `brew install prometheus`; or set PROMTOOL_PATH',
  }
}

/**
 * Whether the tool is there. When it is not, says once what is left out and how to get it. Where it is mandatory it throws,
 * because a CI run that left something out must not be green.
 */
export function have(tool: Tool, isMandatory = Boolean(process.env.CI)): boolean {
  if (tool.path) return true
  const message = `${tool.name} was not found: ${tool.leftOut} are left out. To run them: ${tool.install}.`
  if (isMandatory) throw new Error(message)
  // The configuration is loaded by more than one process; those that are started later inherit the variable.
  const said = `TICKET_SOCKET_SAID_${tool.name.toUpperCase().replace(/\W/g, '_')}`
  if (!process.env[said]) console.warn(`\n${message}`)
  process.env[said] = '1'
  return false
}
