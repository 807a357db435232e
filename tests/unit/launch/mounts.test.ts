import { expect, test } from 'vitest';
import { mountsBelow, parseMountInfo } from '../../../src/launch/mounts.js';

const MOUNTINFO = `27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:40 / /run/crivet/aa/root rw - tmpfs crivet rw,mode=711
41 40 0:41 / /run/crivet/aa/root/with\\040blank rw shared:7 master:3 - overlay overlay rw,lowerdir=/a,upperdir=/b
42 27 0:42 / /run/crivet/aab rw - tmpfs other rw
43 27 0:4 net:[4026532] /run/crivet/aa/netns/cni-1 rw - nsfs nsfs rw
`;

test('mountinfo is read with its optional fields and octal escapes', () => {
  expect(parseMountInfo(MOUNTINFO)[2]).toEqual({
    path: '/run/crivet/aa/root/with blank',
    fsType: 'overlay',
    options: 'rw,lowerdir=/a,upperdir=/b',
  });
});

test('mounts below a directory come latest first, without those of a sibling with a longer name', () => {
  expect(mountsBelow('/run/crivet/aa', parseMountInfo(MOUNTINFO))).toEqual([
    '/run/crivet/aa/netns/cni-1',
    '/run/crivet/aa/root/with blank',
    '/run/crivet/aa/root',
  ]);
});
