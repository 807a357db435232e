import { nonce } from '../../fixtures/configs/identity.js';
import { buildLayer } from '../../fixtures/images/layer.js';
import { fileLayer } from '../../fixtures/images/rootfs.js';
import { check, spec } from '../../src/kit/index.js';
import { statusOf } from './subjects.js';

spec(
  {
    id: 'images/layers-in-order',
    title: 'layers are applied in order, with files and directories replaced, removed and emptied',
    level: 'must',
    since: '1.20',
    why: 'A file that a later layer removed or replaced, often a secret or a flaw, must not be in the container.',
    sources: ['OCI image specification: layer, whiteouts and opaque whiteouts'],
    requires: ['registry'],
  },
  async (t) => {
    const file = (path: string, content: string) => ({ path, type: 'file', content }) as const;
    const lower = buildLayer([
      file('layers/kept', 'lower'),
      file('layers/replaced', 'lower'),
      file('layers/removed', 'lower'),
      file('layers/opaque/old', 'lower'),
      file('layers/removed-tree/leaf', 'lower'),
      file('layers/tree-then-file/leaf', 'lower'),
      file('layers/tree-then-link/leaf', 'lower'),
      file('layers/file-then-tree', 'lower'),
      { path: 'layers/tree', type: 'dir', mode: 0o750, uid: 33, gid: 1000 },
      file('layers/tree/leaf', 'lower'),
    ]);
    const upper = buildLayer([
      file('layers/replaced', nonce()),
      file('layers/.wh.removed', ''),
      file('layers/opaque/.wh..wh..opq', ''),
      file('layers/opaque/new', 'upper'),
      file('layers/.wh.removed-tree', ''),
      file('layers/tree-then-file', 'upper'),
      { path: 'layers/tree-then-link', type: 'symlink', target: 'kept' },
      { path: 'layers/file-then-tree', type: 'dir' },
      file('layers/file-then-tree/new', 'upper'),
      { path: 'layers/link', type: 'symlink', target: 'kept' },
      { path: 'layers/hard', type: 'file', mode: 0o4711, uid: 1000, gid: 33, content: '' },
    ]);
    const image = await t.images.publish('general', ['v1'], { extraLayers: [lower, upper] });
    const ref = await t.images.pull(image.byTag());
    const pod = await t.pods.shared();
    const container = await pod.start({}, { ref, name: image.byTag() });
    const names = await container.shell('cd /layers; /bin/find . | /bin/sort');
    const expected = `. ./file-then-tree ./file-then-tree/new ./hard ./kept ./link ./opaque ./opaque/new ./replaced ./tree
      ./tree-then-file ./tree-then-link ./tree/leaf`;
    check.equal(names.split('\n'), expected.split(/\s+/), 'the container has the files that the layers leave');
    const folders = await container.shell('cd /layers; /bin/find . -type d | /bin/sort');
    const expectedFolders = ['.', './file-then-tree', './opaque', './tree'];
    check.equal(folders.split('\n'), expectedFolders, 'what is a directory is so by the topmost layer that has it');
    const [kept, replaced] = (await container.shell('cd /layers; cat kept; echo; cat replaced')).split('\n');
    check.equal(kept, 'lower', 'a file that no upper layer touches keeps its content');
    check.notEqual(replaced, 'lower', 'a file in two layers has the content of the upper one');
    const modes = await container.shell("cd /layers; /bin/stat -c '%a %u %g' hard tree; /bin/readlink link");
    check.equal(modes.split('\n'), ['4711 1000 33', '750 33 1000', 'kept'], 'modes, owners and links are as archived');
  },
);

spec(
  {
    id: 'images/layer-twice',
    title: 'a layer that occurs twice in an image is applied twice',
    level: 'must',
    since: '1.20',
    why: 'Builders make equal layers where a step is repeated or copies the same file; the image must not fail for it.',
    sources: ['OCI image specification: manifest (layers), layer (applying changesets)'],
    requires: ['registry'],
  },
  async (t) => {
    const word = nonce();
    const layer = fileLayer('data/word', word);
    const whiteout = buildLayer([{ path: 'data/.wh.word', type: 'file', content: '' }]);
    const image = await t.images.publish('general', ['v1'], { extraLayers: [layer, whiteout, layer] });
    const pull = t.images.pull(image.byTag());
    const ref = await check.accepts(pull, 'PullImage of an image with the same layer twice succeeds');
    const pod = await t.pods.shared();
    const start = pod.start({}, { ref, name: image.byTag() });
    const container = await check.accepts(start, 'a container of an image with the same layer twice starts');
    const content = await container.output(['/bin/cat', '/data/word'], 'the file of the layer is there');
    check.equal(content, word, 'what a layer brings is there if the layer comes again after its removal');
  },
);

/** Images of some dozens of layers are common, and builders take up to 127. */
const LAYERS = 42;

spec(
  {
    id: 'images/many-layers',
    title: `an image of ${LAYERS} layers can be pulled and run`,
    level: 'must',
    since: '1.20',
    why: 'Every step of a build is a layer; mount options have a length, and images of many steps run into it.',
    sources: ['OCI image specification: manifest (layers, no bound)', 'mount(2): data is a page at most'],
    requires: ['registry'],
  },
  async (t) => {
    const word = nonce();
    const names = Array.from({ length: LAYERS }, (_, index) => `${word}-${String(index).padStart(2, '0')}`);
    const extraLayers = names.map((name) => fileLayer(`data/layers/${name}`, ''));
    const image = await t.images.publish('general', ['v1'], { extraLayers });
    const ref = await check.accepts(t.images.pull(image.byTag()), 'PullImage of an image of many layers succeeds');
    check.equal((await statusOf(t, image.byTag())).repo_digests, [image.byDigest], 'the image is the one published');
    const pod = await t.pods.shared();
    const start = pod.start({}, { ref, name: image.byTag() });
    const container = await check.accepts(start, 'a container of an image of many layers starts');
    const listed = await container.output(['/bin/ls', '/data/layers']);
    check.equal(listed.split('\n'), names, 'the container has the files of every layer');
  },
);
