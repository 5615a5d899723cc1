// Suffixes below which anybody can have a name. A pattern of origins with such a suffix would allow strangers. The list is no
// substitute for publicsuffix.org: it holds where apps are hosted and previewed today, and the usual second levels of countries.

const SHARED_HOSTS = new Set(
  `
  vercel.app vercel.dev now.sh netlify.app netlify.com netlify.live pages.dev workers.dev r2.dev trycloudflare.com
  github.io github.dev githubpreview.dev gitlab.io bitbucket.io codeberg.page gitpod.io codesandbox.io csb.app stackblitz.io
  webcontainer.io web.app firebaseapp.com appspot.com run.app cloudfunctions.net translate.goog usercontent.goog
  herokuapp.com herokussl.com fly.dev onrender.com railway.app koyeb.app northflank.app code.run ondigitalocean.app
  digitaloceanspaces.com scalingo.io clever-cloud.com cleverapps.io render.com platformsh.site upsun.app zeabur.app
  amazonaws.com amplifyapp.com awsapprunner.com elasticbeanstalk.com cloudfront.net on.aws aws.dev
  azurewebsites.net azurestaticapps.net azurecontainerapps.io azureedge.net azurefd.net cloudapp.net windows.net azure.com
  deno.dev deno.net val.run bun.sh edgeone.app vercel.sh surge.sh neocities.org glitch.me repl.co replit.app replit.dev
  lovable.app lovableproject.com bolt.host base44.app framer.app framer.website webflow.io bubbleapps.io wixsite.com
  wixstudio.com squarespace.com weebly.com myshopify.com shopifypreview.com wordpress.com wpengine.com blogspot.com
  ngrok.io ngrok.app ngrok.dev ngrok-free.app ngrok-free.dev loca.lt localhost.run lhr.life serveo.net pagekite.me
  tunnelmole.net devtunnels.ms localtunnel.me expose.dev sharedwithexpose.com
  duckdns.org nip.io sslip.io xip.io no-ip.org ddns.net dynv6.net dyndns.org hopto.org freedns.org mooo.com
  pythonanywhere.com streamlit.app hf.space gradio.live modal.run beam.cloud supabase.co supabase.net
  chromatic.com storybook.rocks js.org is-a.dev eu.org us.com uk.com de.com
  eu.com cn.com gb.net in.net co.com jpn.com ru.com sa.com za.com uk.net
  v0.app v0.dev lovable.dev notion.site carrd.co gitbook.io readthedocs.io ghost.io hashnode.dev tiiny.site
  azure-api.net azurecontainer.io b-cdn.net cdn77.org fastly.net ts.net
  `.match(/\S+/g),
)

/** `co.uk`, `com.au`: the second levels at which the registries of countries sell names. */
const COUNTRY_SECOND_LEVEL =
  /^(?:ac|asso|co|com|edu|firm|gen|go|gob|gov|gouv|gv|id|info|ltd|me|mil|name|ne|net|nhs|nom|or|org|plc|police|sch|web)\.[a-z]{2}$/

/** The suffix of this host (or the host itself) below which anybody can have a name. */
export function sharedHostOf(host: string): string | undefined {
  const labels = host.split('.')
  const suffixes = labels.map((_, index) => labels.slice(index).join('.'))
  return suffixes.find((suffix) => SHARED_HOSTS.has(suffix)) ?? (COUNTRY_SECOND_LEVEL.test(host) ? host : undefined)
}
