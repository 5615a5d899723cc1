// Hosts below which strangers can have names. A pattern of origins such as https://*.vercel.app would allow all of them.
//
// The public suffix list (publicsuffix.org) decides, by way of `tldts`. It has two parts, and both count:
// - ICANN: where registries sell names, such as `com`, `co.uk`, `lg.jp` and every `*.kawasaki.jp`;
// - private: where hosters give names to their customers, such as `vercel.app` and `s3.us-east-1.amazonaws.com`.
// A name one label below a suffix belongs to one owner, who has everything below it: `tail1234.ts.net`, `my-app.vercel.app`.
//
// Some hosters are missing on that list, since only they can ask to be on it. They are listed here, with everything below them:
// nobody publishes at which level their customers' names begin.

import { parse } from 'tldts'

export const UNLISTED_HOSTERS = new Set(
  `
  netlify.com netlify.live vercel.sh v0.app v0.dev bun.sh edgeone.app railway.app render.com koyeb.app scalingo.io clever-cloud.com
  github.dev gitpod.io codesandbox.io stackblitz.io webcontainer.io glitch.me lovable.dev modal.run beam.cloud gradio.live
  amazonaws.com on.aws aws.dev azure.com windows.net azurecontainerapps.io fastly.net cdn77.org b-cdn.net herokussl.com
  b4a.run back4app.io mybluemix.net appdomain.cloud cloudworkstations.dev stormkit.dev sevalla.app sevalla.page softr.app anvil.app
  fcapp.run tcloudbaseapp.com tencentcloudbase.com tencentcs.com myqcloud.com aliyuncs.com myhuaweicloud.com mendixcloud.com
  squarespace.com weebly.com shopifypreview.com wordpress.com wpengine.com ghost.io hashnode.dev neocities.org tiiny.site
  wpcomstaging.com mystagingwebsite.com kinsta.cloud kinsta.page flywheelsites.com flywheelstaging.com cloudwaysapps.com sg-host.com
  hostingersite.com 000webhostapp.com rf.gd epizy.com infinityfreeapp.com hs-sites.com hubspotpagebuilder.com salesforce-sites.com
  chromatic.com storybook.rocks beeceptor.com mockapi.io
  hana.ondemand.com cloudhub.io modal.host runpod.net nhost.run gitpod.cloud fleek.app 4everland.app arweave.net
  backblazeb2.com wasabisys.com your-objectstorage.com cloud.ovh.net exo.io scw.cloud
  loca.lt localhost.run localtunnel.me lhr.life serveo.net pagekite.me devtunnels.ms expose.dev sharedwithexpose.com
  pinggy.io pinggy.link zrok.io lhrtunnel.link serveousercontent.com
  nip.io sslip.io xip.io freedns.org mooo.com
  `.match(/\S+/g),
)

/** Their customers' names also begin one label further down, below a region or a zone that the public suffix list does not have. */
const HOSTERS_WITH_REGIONS = new Set(
  'azurestaticapps.net azurefd.net web.core.windows.net azurewebsites.net yandexcloud.net vercel.run'.split(' '),
)

/** No check of the host, which the pattern has passed already: an underscore is allowed. */
const SUFFIX_OPTIONS = { allowPrivateDomains: true, extractHostname: false, validateHostname: false }

/** The suffix below which strangers can have names, if `*.host` allows such names. */
export function sharedHostOf(host: string): string | undefined {
  const name = `any.${host}`
  const { publicSuffix, isPrivate } = parse(name, SUFFIX_OPTIONS)
  // The name itself is a suffix where the list has a wildcard: `any.kawasaki.jp`.
  if (publicSuffix === host || publicSuffix === name) return host
  const isUnlisted = (suffix: string) =>
    HOSTERS_WITH_REGIONS.has(suffix) || (!isPrivate && UNLISTED_HOSTERS.has(suffix))
  const labels = host.split('.')
  return labels.map((_, index) => labels.slice(index).join('.')).find(isUnlisted)
}
