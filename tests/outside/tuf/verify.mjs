// Reads the signed directory with tuf-js, a client that shares no code with Celosia's.
//
//     node verify.mjs URL ROOT FOLDER
//
// URL is the directory server's, ROOT the root metadata that the reader trusts, FOLDER what is remembered from one time to the
// next. NODE_EXTRA_CA_CERTS names the certificate of a server's own authority. Prints digest and path of every file that the
// directory has, and ends with 0; or says why it is refused, and ends with 1.
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import tuf from 'tuf-js'

async function read (url, root, folder) {
  const metadata = join(folder, 'metadata')
  const files = join(folder, 'files')
  for (const each of [metadata, files]) mkdirSync(each, { recursive: true })
  if (!existsSync(join(metadata, 'root.json'))) copyFileSync(root, join(metadata, 'root.json'))
  const updater = new tuf.Updater({
    metadataDir: metadata,
    metadataBaseUrl: `${url}/metadata`,
    targetDir: files,
    targetBaseUrl: `${url}/targets`,
    config: { maxDelegations: 65, fetchRetries: 0, fetchTimeout: 10000 } // 64 states, and the members' own role
  })
  await updater.refresh()
  // what is kept there was verified just now
  const members = JSON.parse(readFileSync(join(metadata, 'targets.json'))).signed
  const paths = Object.keys(members.targets)
  for (const role of members.delegations?.roles ?? []) paths.push(...role.paths)
  const lines = []
  for (const path of paths.sort()) {
    const target = await updater.getTargetInfo(path)
    if (!target) throw new Error(`nobody says what ${path} is`)
    const file = await updater.downloadTarget(target, join(files, path.replaceAll('/', '-')))
    lines.push(`${createHash('sha256').update(readFileSync(file)).digest('hex')} ${path}`)
  }
  return lines
}

if (process.argv.length !== 5) {
  console.error('usage: node verify.mjs URL ROOT FOLDER')
  process.exit(2)
}
try {
  for (const line of await read(...process.argv.slice(2))) console.log(line)
} catch (error) {
  console.error(`refused: ${error.name}: ${error.message}`)
  process.exit(1)
}
