"""Values that leave NumPy's arrays: buffers, ctypes, iterators, text, files, containers of packages.

Each cell gives the right gradient or a refusal in words; none gives another one.
"""

import pytest

from dpkernel.errors import NoDerivative, UnsupportedWrite
from support.cells import check
from support.notebook import Notebook

BEGIN = """
import array, bisect, collections, contextvars, ctypes, decimal, fractions, heapq, io, mmap, operator, os, pickle
import queue, sqlite3, struct, threading, types, weakref
w = np.array([1.0, 2.0])
r = np.zeros(2)
"""

CASES = {
    'memoryview write': ('m=memoryview(r)', 'm[0]=w[0]\nloss=np.sum(r**2)'),
    'memoryview write inside': ('', 'm=memoryview(r)\nm[0]=w[0]\nloss=np.sum(r**2)'),
    'memoryview write read same': ('', 'm=memoryview(r)\nm[0]=w[0]\nloss=m[0]**2'),
    'r.data write': ('', 'r.data[0]=w[0]\nloss=r[0]**2'),
    'array.array write': ("m=array.array('d',[0.,0.])\nr=np.frombuffer(m)", 'm[0]=w[0]\nloss=np.sum(r**2)'),
    'array.array write alone': ("m=array.array('d',[0.,0.])", 'm[0]=w[0]\nloss=m[0]**2'),
    'array.array append': ("m=array.array('d',[0.,0.])", 'm.append(w[0])\nloss=m[2]**2'),
    'array.array iadd': ("m=array.array('d',[0.,0.])", "m += array.array('d',[w[0]])\nloss=m[2]**2"),
    'array.array sum': ('', "m=array.array('d',w)\nloss=sum(m)"),
    'array.array aug': ("m=array.array('d',[0.,0.])\nr=np.frombuffer(m)", 'm[0]+=w[0]\nloss=np.sum(r**2)'),
    'ctypes write': ('m=(ctypes.c_double*2)()\nr=np.frombuffer(m)', 'm[0]=w[0]\nloss=np.sum(r**2)'),
    'ctypes write alone': ('m=(ctypes.c_double*2)()', 'm[0]=w[0]\nloss=m[0]**2'),
    'ctypes value': ('m=ctypes.c_double()', 'm.value=w[0]\nloss=m.value**2'),
    'ctypes struct': (
        "class S(ctypes.Structure): _fields_=[('a',ctypes.c_double)]\nm=S()",
        'm.a=w[0]\nloss=m.a**2',
    ),
    'ctypes struct buffer': (
        "class S(ctypes.Structure): _fields_=[('a',ctypes.c_double)]\nm=S()\nr=np.frombuffer(m)",
        'm.a=w[0]\nloss=r[0]**2',
    ),
    'ctypes pointer to r': ('m=r.ctypes.data_as(ctypes.POINTER(ctypes.c_double))', 'm[0]=w[0]\nloss=r[0]**2'),
    'ctypes pointer contents': (
        'm=r.ctypes.data_as(ctypes.POINTER(ctypes.c_double))',
        'm.contents.value=w[0]\nloss=r[0]**2',
    ),
    'mmap write': ('mm=mmap.mmap(-1,16)\nr=np.frombuffer(mm)', "mm[0:8]=struct.pack('d',w[0])\nloss=r[0]**2"),
    'bytearray write': (
        'mm=bytearray(16)\nr=np.frombuffer(mm)',
        "mm[0:8]=struct.pack('d',w[0])\nloss=r[0]**2",
    ),
    'bytearray write2': (
        'mm=bytearray(16)\nr=np.frombuffer(mm)',
        "struct.pack_into('d',mm,0,w[0])\nloss=r[0]**2",
    ),
    'nditer write': (
        '',
        "with np.nditer(r,op_flags=['readwrite']) as it:\n  for x in it: x[...] = w[0]\nloss=np.sum(r**2)",
    ),
    'nditer write2': (
        '',
        "it=np.nditer([w,r],op_flags=[['readonly'],['writeonly']])\nwith it:\n  while not it.finished:\n    it[1][...] = it[0]*2\n    it.iternext()\nloss=np.sum(r**2)",
    ),
    'nditer setitem': (
        '',
        "it=np.nditer(r,op_flags=['readwrite'])\nwith it:\n    it[0] = w[0]\nloss=np.sum(r**2)",
    ),
    'nditer reset': (
        '',
        'it=np.nditer([w,None])\nwith it:\n  for a,b in it: b[...]=a**2\n  z=it.operands[1]\nloss=np.sum(z)',
    ),
    'flat iter': ('', 'f=r.flat\nf[0]=w[0]\nloss=np.sum(r**2)'),
    'flat setter': ('', 'r.flat=w\nloss=np.sum(r**2)'),
    'real setter': ('z=np.zeros(2,complex)', 'z.real=w\nloss=np.sum(np.abs(z)**2)'),
    'imag setter': ('z=np.zeros(2,complex)', 'z.imag=w\nloss=np.sum(np.abs(z)**2)'),
    'data setter': ('', 'z=w*2\nr.data=z.data\nloss=np.sum(r**2)'),
    'dtype setter': ('', 'r[:]=w\nr.dtype=np.int64\nr.dtype=float\nloss=np.sum(r**2)'),
    'strides setter': ('r=np.zeros(4)', 'r[:2]=w\nr.strides=(8,)\nloss=np.sum(r**2)'),
    'shape setter': ('', 'r[:]=w\nr.shape=(2,1)\nloss=np.sum(r**2)'),
    'setattr': ('', "r[:]=w\nsetattr(r,'shape',(2,1))\nloss=np.sum(r**2)"),
    'setfield': ('', 'r.setfield(w,np.float64)\nloss=np.sum(r**2)'),
    '__setitem__': ('', 'r.__setitem__(0,w[0])\nloss=np.sum(r**2)'),
    'operator.setitem': ('', 'operator.setitem(r,0,w[0])\nloss=np.sum(r**2)'),
    'memoryview setitem method': ('m=memoryview(r)', 'm.__setitem__(0,w[0])\nloss=np.sum(r**2)'),
    'operator.setitem mv': ('m=memoryview(r)', 'operator.setitem(m,0,w[0])\nloss=np.sum(r**2)'),
    'memoryview slice': ('m=memoryview(r)', 'm[:]=memoryview(w)\nloss=np.sum(r**2)'),
    'memoryview cast': ("m=memoryview(r).cast('B')", "m[:]=memoryview(w).cast('B')\nloss=np.sum(r**2)"),
    'deque': ('', 'd=collections.deque([0.,0.])\nd[0]=w[0]\nloss=d[0]**2'),
    'mappingproxy/ns': ('d=types.SimpleNamespace(a=0.)', 'd.a=w[0]\nloss=d.a**2'),
    'pandas df': ("import pandas as pd\nd=pd.DataFrame({'a':[0.,0.]})", "d['a']=w\nloss=d['a'].sum()**2"),
    'pandas loc': ('import pandas as pd\nd=pd.Series([0.,0.])', 'd.loc[0]=w[0]\nloss=d.sum()**2'),
    'pandas iat': ('import pandas as pd\nd=pd.Series([0.,0.])', 'd.iat[0]=w[0]\nloss=d.sum()**2'),
    'pandas values': ('import pandas as pd\nd=pd.Series(r,copy=False)', 'd[0]=w[0]\nloss=np.sum(r**2)'),
    'masked': ('d=np.ma.array([0.,0.])', 'd[0]=w[0]\nloss=float(d.sum()**2)'),
    'masked view': ('d=np.ma.array(r,copy=False)', 'd[0]=w[0]\nloss=np.sum(r**2)'),
    'matrix': ('d=np.asmatrix(r)', 'd[0,0]=w[0]\nloss=np.sum(r**2)'),
    'recarray': ("d=np.rec.array([(0.,0.)],dtype=[('a',float),('b',float)])", 'd.a=w[0]\nloss=d.a[0]**2'),
    'sqlite': (
        "c=sqlite3.connect(':memory:')",
        "c.execute('create table t(x)'); c.execute('insert into t values (?)',(w[0],))\nloss=c.execute('select x from t').fetchone()[0]**2\nc.close()",
    ),
    'file': ('f=io.StringIO()', 'f.write(str(w[0]))\nloss=float(f.getvalue())**2'),
    'environ': ('', "os.environ['XX']=str(w[0])\nloss=float(os.environ['XX'])**2"),
    'queue': ('qq=queue.Queue()', 'qq.put(w[0])\nloss=qq.get()**2'),
    'contextvar': ("cv=contextvars.ContextVar('a')", 'cv.set(w[0])\nloss=cv.get()**2'),
    'thread local': ('d=threading.local()', 'd.a=w[0]\nloss=d.a**2'),
    'weakref': ('class A: pass\na=A()\nd=weakref.WeakKeyDictionary()', 'd[a]=w[0]\nloss=d[a]**2'),
    'shelve dict subclass': (
        'class D(dict):\n  def __setitem__(s,k,v): super().__setitem__(k,v*2)\nd=D()',
        "d['a']=w[0]\nloss=d['a']**2",
    ),
    'UserDict': ('d=collections.UserDict()', "d['a']=w[0]\nloss=d['a']**2"),
    'ChainMap': ('d=collections.ChainMap({})', "d['a']=w[0]\nloss=d['a']**2"),
    'Counter': ('d=collections.Counter()', "d['a']+=w[0]\nloss=d['a']**2"),
    'heapq': ('h=[]', 'heapq.heappush(h,w[0]); heapq.heappush(h,w[1])\nloss=heapq.heappop(h)**2'),
    'bisect': ('h=[0.]', 'bisect.insort(h,w[0])\nloss=h[1]**2'),
    'fractions': ('', 'loss=float(fractions.Fraction(float(w[0])))**2'),
    'decimal': ('', 'loss=float(decimal.Decimal(float(w[0])))**2'),
    'struct': ('', "loss=struct.unpack('d',struct.pack('d',w[0]))[0]**2"),
    'tobytes': ('', 'loss=np.sum(np.frombuffer(w.tobytes())**2)'),
    'pickle': ('', 'loss=np.sum(pickle.loads(pickle.dumps(w))**2)'),
    'repr eval': ('', 'loss=eval(repr(float(w[0])))**2'),
    'fstring': ('', "loss=float(f'{w[0]:.17g}')**2"),
    'hex': ('', 'loss=float.fromhex(float(w[0]).hex())**2'),
    'as_integer_ratio': ('', 'a,b=float(w[0]).as_integer_ratio()\nloss=(a/b)**2'),
    'tolist': ('', 'loss=sum(v**2 for v in w.tolist())'),
    'item': ('', 'loss=w.item(0)**2'),
    'np.save': ('', 'b=io.BytesIO(); np.save(b,w); b.seek(0)\nloss=np.sum(np.load(b)**2)'),
    'np.vectorize': ('', 'loss=np.sum(np.vectorize(lambda x:x**2)(w))'),
    'np.frompyfunc': ('', 'loss=float(np.sum(np.frompyfunc(lambda x:x**2,1,1)(w)))'),
    'apply_along_axis': ('', 'loss=np.sum(np.apply_along_axis(lambda x:x**2,0,w))'),
    'fromiter': ('', 'loss=np.sum(np.fromiter((v**2 for v in w),float))'),
    'fromfunction': ('', 'loss=np.sum(np.fromfunction(lambda i: w[i.astype(int)]**2,(2,)))'),
    'piecewise': ('', 'loss=np.sum(np.piecewise(w,[w>1.5,w<=1.5],[lambda x:x**2,lambda x:x**3]))'),
    'select': ('', 'loss=np.sum(np.select([w>1.5],[w**2],w))'),
    'choose': ('', 'loss=np.sum(np.choose([0,1],[w,w**2]))'),
    'ctypes memmove': ('', 'ctypes.memmove(r.ctypes.data,w.ctypes.data,16)\nloss=np.sum(r**2)'),
    'interface': (
        '',
        'class B:\n  def __init__(s,a): s.__array_interface__=a.__array_interface__; s.a=a\nloss=np.sum(np.asarray(B(w))**2)',
    ),
    '__array__': (
        '',
        'class B:\n  def __array__(s,dtype=None,copy=None): return w*2\nloss=np.sum(np.asarray(B())**2)',
    ),
    'dlpack': ('', 'loss=np.sum(np.from_dlpack(w)**2)'),
    'as_strided': ('', 'loss=np.sum(np.lib.stride_tricks.as_strided(w,(2,2),(0,8))**2)'),
    'ndarray ctor': ('', 'loss=np.sum(np.ndarray((2,),float,w)**2)'),
    'ndarray ctor write': ('', 'z=np.ndarray((2,),float,r)\nz[:]=w\nloss=np.sum(r**2)'),
    'csv': ('import csv', "f=io.StringIO()\ncsv.writer(f).writerow(w)\nf.seek(0)\nloss=float(next(csv.reader(f))[0])"),
    'memo filled above': (
        'memo={}\ndef f(x):\n    k=float(x)\n    if k not in memo: memo[k]=x**2\n    return memo[k]\nf(1.0)',
        'loss=f(w[0])',
    ),
    'memo filled here': ('memo={}\ndef f(k):\n    if k not in memo: memo[k]=w[k]**2\n    return memo[k]', 'loss=f(0)+f(0)'),
    'data frame, attribute': ("import pandas as pd\nd=pd.DataFrame({'a':[0.0,0.0]})", 'd.a=w\nloss=np.sum(d.a**2)'),
    'data frame, rows': (
        "import pandas as pd\nd=pd.DataFrame({'x':[1.0,2.0],'y':[3.0,4.0]})",
        'loss=0.0\nfor t in d.itertuples():\n    loss += (w[0]*t.x+w[1]-t.y)**2',
    ),
    'sparse matrix': ('import scipy.sparse as sp', 'loss=sp.diags(w).sum()**2'),
    'estimator': ('from sklearn.linear_model import LinearRegression\nm=LinearRegression().fit(np.eye(2),[1.0,2.0])',
                  'm.coef_=w\nloss=m.predict(np.eye(2)).sum()'),
}
REFUSED = {       # the others have to be right
    'memoryview write', 'memoryview write inside', 'memoryview write read same', 'r.data write',
    'array.array write', 'array.array write alone', 'array.array append', 'array.array iadd', 'array.array sum',
    'array.array aug', 'ctypes write', 'ctypes write alone', 'ctypes value', 'ctypes struct',
    'ctypes struct buffer', 'ctypes pointer to r', 'ctypes pointer contents', 'mmap write', 'bytearray write',
    'bytearray write2', 'nditer write', 'nditer write2', 'nditer setitem', 'nditer reset', 'dtype setter',
    'setfield', 'memoryview setitem method', 'operator.setitem mv', 'memoryview slice', 'memoryview cast',
    'pandas df', 'pandas loc', 'pandas iat', 'pandas values', 'masked', 'recarray', 'sqlite', 'file', 'environ',
    'fractions', 'decimal', 'struct', 'tobytes', 'pickle', 'repr eval', 'fstring', 'hex', 'as_integer_ratio',
    'np.save', 'ctypes memmove',
    'csv', 'memo filled above', 'data frame, attribute', 'sparse matrix', 'estimator',
}


@pytest.mark.parametrize("name", CASES)
def test_right_or_refused(name):
    above, text = CASES[name]
    refusal = "must" if name in REFUSED else "never"
    check(f"{BEGIN}{above}\n", text, ["w"], rtol=2e-5, atol=2e-6, refusal=refusal)


@pytest.mark.parametrize("write", [
    "memoryview(r)[0] = w[0]", "r.data[0] = w[0]", "np.nditer(r, op_flags=['readwrite'])[0] = w[0]", "r.setfield(w, float)",
    "np.ma.array(r, copy=False)[0] = w[0]", "np.nan_to_num(w, copy=False); struct.pack_into('d', r, 0, w[0])",
])
def test_a_write_that_leaves_the_same_numbers_is_a_write(write):
    """The cell is run again: the memory holds already what is written."""
    book = Notebook()
    book.good("import numpy as np, struct\nw = np.array([1.0, 2.0]); r = np.zeros(2)")
    for _ in range(3):
        output = book.run(f"%%grad loss --wrt w\n{write}\nloss = np.sum(r ** 2)")
        if output.error is None:
            assert book.namespace["grads"]["w"][0] == 2.0
        else:
            assert isinstance(output.error, (NoDerivative, UnsupportedWrite))


def test_an_object_that_grows_can_still_grow():
    """Nothing of ours holds its memory."""
    book = Notebook()
    book.good("import numpy as np, array\nw = np.array([1.0, 2.0]); h = array.array('d'); b = bytearray(8)")
    for _ in range(2):
        book.good("%%grad loss --wrt w\nh.append(w[0]); b[:1] = b'1'; h.append(2.0); b.append(1)\nloss = np.sum(w ** 2)")
    assert book.namespace["grads"]["w"].tolist() == [2.0, 4.0] and list(book.namespace["h"]) == [1.0, 2.0] * 2
    assert len(book.namespace["b"]) == 10


def test_what_a_class_of_a_package_keeps_is_followed():
    """Ordinary attributes of installed classes keep the object itself."""
    book = Notebook()
    book.good("import types, argparse, numpy as np\nw = np.array([1.0, 2.0])")
    for made in ("types.SimpleNamespace()", "argparse.Namespace()", "np.polynomial.Polynomial([0.0, 1.0])", "types.ModuleType('m')"):
        book.good(f"%%grad loss --wrt w\nx = {made}\nx.coef = w * 3\nloss = np.sum(x.coef ** 2)")
        assert book.namespace["grads"]["w"].tolist() == [18.0, 36.0], made
